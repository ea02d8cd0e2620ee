"""Reads the mail server's password from the environment or Secret Manager, and caches the secret."""

from __future__ import annotations

import threading

from django.conf import settings

from activations.notifications.failures import DeliveryFailed
from activations.notifications.mail_server import MailServer
from eligibility import providers
from googlecloud.errors import GoogleCloudError

_kept: dict[tuple[str, str], str] = {}
_lock = threading.Lock()


def password(server: MailServer) -> str:
    """Return the password without blanks and line feeds at its ends, which files and `echo` add.

    :raises DeliveryFailed: when the secret cannot be read.
    """
    if not server.secret:
        return server.password
    with _lock:
        if _key(server) not in _kept:
            _kept[_key(server)] = _read(server.secret)
        return _kept[_key(server)]


def forget_password(server: MailServer) -> bool:
    """Remove the cached secret, so that it is read again. Return whether one was cached."""
    with _lock:
        return _kept.pop(_key(server), None) is not None


def _key(server: MailServer) -> tuple[str, str]:
    return (settings.GOOGLE_API_ENDPOINT, server.secret)


def _read(secret: str) -> str:
    try:
        return providers.cloud().secret_manager.access(name=secret).decode().strip()
    except (GoogleCloudError, UnicodeDecodeError) as error:
        cause = error if isinstance(error, GoogleCloudError) else "it is not UTF-8"
    raise DeliveryFailed(f"Looking up SMTP credentials failed: {cause}", whole_channel=True)

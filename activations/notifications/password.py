"""The password for the mail server: from the environment, or from Secret Manager and kept."""

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
    """The password, trimmed: files and `echo` end with a line feed that is no part of it.

    :raises DeliveryFailed: when the secret cannot be read.
    """
    if not server.secret:
        return server.password
    with _lock:
        if _key(server) not in _kept:
            _kept[_key(server)] = _read(server.secret)
        return _kept[_key(server)]


def forget_password(server: MailServer) -> bool:
    """Read the secret again next time; whether that can make a difference."""
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

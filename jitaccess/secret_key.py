"""Django's secret key, from the environment or from Secret Manager."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from googlecloud.errors import GoogleCloudError
from jitaccess.environment import Environment

SHORTEST = 32


def secret_key(env: Environment, *, endpoint: str, connect: int, read: int) -> str:
    """Return the key that signs CSRF tokens and messages.

    :raises ImproperlyConfigured: when there is none, it is too short, or it cannot be read.
    """
    key = env.text("SECRET_KEY")
    secret = env.text("SECRET_KEY_SECRET")
    if not key and secret:
        config = CloudConfig(endpoint=endpoint or None, connect_timeout=connect, read_timeout=read)
        try:
            key = Cloud(config).secret_manager.access(name=secret).decode().strip()
        except (GoogleCloudError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"SECRET_KEY_SECRET: {secret}: {error}") from error
    if not key:
        raise ImproperlyConfigured(
            "Set SECRET_KEY to a long random text, or SECRET_KEY_SECRET to"
            " projects/PROJECT/secrets/NAME/versions/latest."
        )
    if len(key) < SHORTEST:
        raise ImproperlyConfigured(f"SECRET_KEY must have at least {SHORTEST} characters.")
    return key

"""Django's secret key, from the environment or from Secret Manager."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from googlecloud.cloud import Cloud
from jitaccess.environment import Environment
from jitaccess.secret_texts import secret_text

SHORTEST = 32


def secret_key(env: Environment, *, cloud: Cloud) -> str:
    """Return the key that signs CSRF tokens and messages.

    :raises ImproperlyConfigured: when there is none, it is too short, or it cannot be read.
    """
    key = env.text("SECRET_KEY")
    secret = env.text("SECRET_KEY_SECRET")
    if not key and secret:
        key = secret_text("SECRET_KEY_SECRET", secret, cloud)
    if not key:
        raise ImproperlyConfigured(
            "Set SECRET_KEY to a long random text, or SECRET_KEY_SECRET to"
            " projects/PROJECT/secrets/NAME/versions/latest."
        )
    if len(key) < SHORTEST:
        raise ImproperlyConfigured(f"SECRET_KEY must have at least {SHORTEST} characters.")
    return key

"""Checks the names of secrets, and reads the text of one that the start needs."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from googlecloud.cloud import Cloud
from googlecloud.errors import GoogleCloudError, Invalid
from googlecloud.names import secret_version_name


def check_secret_name(variable: str, name: str) -> None:
    """Accept the full name of a secret version.

    :raises ImproperlyConfigured: without the value, because a secret may have been pasted where its name belongs.
    """
    try:
        secret_version_name(name)
    except Invalid:
        raise ImproperlyConfigured(
            f"{variable} must be the name of a secret's version, like"
            " projects/PROJECT/secrets/NAME/versions/latest, not the secret itself."
        ) from None


def secret_text(variable: str, name: str, cloud: Cloud) -> str:
    """Return the text of a secret version without blanks at its ends, which files and `echo` add.

    Google's failures are tried again for ten seconds, as for every read.

    :raises ImproperlyConfigured: with the variable, the version and Google's reason, never the content.
    """
    check_secret_name(variable, name)
    try:
        return cloud.secret_manager.access(name=name).decode().strip()
    except GoogleCloudError as error:
        reason = str(error)
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    raise ImproperlyConfigured(f"{variable}: {name}: {reason}")

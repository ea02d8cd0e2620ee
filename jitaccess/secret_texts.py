"""Reads the text of a secret that the start needs."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from googlecloud.cloud import Cloud
from googlecloud.errors import GoogleCloudError


def secret_text(variable: str, name: str, cloud: Cloud) -> str:
    """Return the text of a secret version without blanks at its ends, which files and `echo` add.

    Google's failures are tried again for ten seconds, as for every read.

    :raises ImproperlyConfigured: with the variable, the version and Google's reason, never the content.
    """
    try:
        return cloud.secret_manager.access(name=name).decode().strip()
    except GoogleCloudError as error:
        reason = str(error)
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    raise ImproperlyConfigured(f"{variable}: {name}: {reason}")

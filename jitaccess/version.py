"""The version of the product; this is its only place. The revision is set where it is built."""

from __future__ import annotations

import re

from django.core.exceptions import ImproperlyConfigured

from jitaccess.environment import Environment

VERSION = "0.2.0"
REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


def revision(env: Environment) -> str:
    """Return which build this is, like the short id of a commit; '' when it is not known.

    :raises ImproperlyConfigured: when it contains anything but letters, digits, dots, plus signs and dashes.
    """
    text = env.text("JITACCESS_REVISION")
    if text and not REVISION.fullmatch(text):
        raise ImproperlyConfigured(
            "JITACCESS_REVISION must be at most 64 letters, digits, dots, plus signs or dashes,"
            f" not {text[:100]!r}."
        )
    return text


def release(revision: str) -> str:
    """Return the version, with the revision if it is known."""
    return f"{VERSION} ({revision})" if revision else VERSION

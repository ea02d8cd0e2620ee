"""Whom people ask for a missing role, as the operator configured it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings

_ADDRESS = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+")
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class HelpContact:
    """A text, and the link that it becomes; '' for plain text."""

    words: str
    url: str = ""


def help_contact() -> HelpContact | None:
    """Return the contact of `HELP_CONTACT`; None when it is not set."""
    text = str(settings.HELP_CONTACT)
    if not text:
        return None
    if _LINK.fullmatch(text):
        return HelpContact(text, text)
    if _ADDRESS.fullmatch(text):
        return HelpContact(text, f"mailto:{text}")
    return HelpContact(text)

"""The search box: an id, an address, a project, or words of the justification."""

from __future__ import annotations

import re
import uuid

from django.db.models import Q

HELP = "An id, an e-mail address, a project, or words of the justification."

_ID = re.compile(r"(?:jit-|mpa-)?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})", re.IGNORECASE)


def as_id(text: str) -> uuid.UUID | None:
    """Return the id in the text, with or without the prefix of activation ids."""
    match = _ID.fullmatch(text)
    return uuid.UUID(match[1]) if match else None


def of_person(text: str) -> Q | None:
    """Return the condition for rows of the person with this address; None when it is no address."""
    if "@" in text and " " not in text:
        return Q(beneficiary_email__startswith=text.lower())
    return None

"""The search box: an id, an address, a project, or words of the justification."""

from __future__ import annotations

import re
import uuid

from django.db.models import Q

from activations.models import Request

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


def words(text: str) -> Q:
    """Return the condition for requests: the beginning of a project, or words of the justification."""
    return Q(project_id__startswith=text) | Q(justification__icontains=text)


def of_requests(text: str) -> Q:
    """Return the condition for grants, which are on the project of their request.

    By one list of requests, so that their index is used; a choice of columns of two tables can use none.
    """
    return Q(request__in=Request.objects.filter(words(text)).values("pk"))

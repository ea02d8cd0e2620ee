"""Forms filled in like an earlier request that the address names."""

from __future__ import annotations

import uuid

from django.http import HttpRequest

from activations.domain.refusals import NotAvailable
from activations.pages.forms import RequestForm
from activations.pages.request_bar import blank_form
from activations.people.signed_in import user_of
from activations.services.history import find_request


def form_for(request: HttpRequest, project_id: str) -> RequestForm:
    """Blank, or like one's own request that `again` names."""
    user = user_of(request)
    try:
        again = uuid.UUID(request.GET.get("again", ""))
        earlier = find_request(user=user, request_id=again)
    except (ValueError, NotAvailable):
        return blank_form(project_id)
    is_alike = earlier.project_id == project_id and earlier.belongs_to(user)
    return RequestForm.like(earlier) if is_alike else blank_form(project_id)

"""`/requests/<id>`: what was asked for, and what became of it."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from activations.pages.request_page import request_page
from activations.people.signed_in import user_of
from activations.services.history import find_request


@require_safe
def one_request(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """For its beneficiary and its reviewers; strangers learn nothing."""
    found = find_request(user=user_of(request), request_id=request_id)
    return request_page(request, found, now=timezone.now())

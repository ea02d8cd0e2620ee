"""The way on after a form was taken: a page that can be loaded again."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from activations.models import Request


def redirect_to_request(made: Request) -> HttpResponse:
    """See the request, with a GET."""
    response = redirect("request", request_id=made.id)
    response.status_code = 303
    return response

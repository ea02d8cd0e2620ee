"""Answers 304 to pages that poll, while what they show is the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils.cache import get_conditional_response

# What differs in each answer although nothing changed: the server's clock, and the token of a form.
VOLATILE = re.compile(rb'data-now="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"')


def live(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrap a view of a page that polls itself with `If-None-Match`; see static/js/live.js.

    The entity tag is a hash of the rendered page, so no change can be missed.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return tagged(request, view(request, *args, **kwargs))

    return inner


def tagged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the response with an entity tag, or 304 for a caller who has the same page."""
    if request.method != "GET" or response.status_code != 200:
        return response
    if isinstance(response, SimpleTemplateResponse):
        response.render()
    etag = f'"{hashlib.sha256(VOLATILE.sub(b"", response.content)).hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response

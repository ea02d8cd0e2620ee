"""Lists requests and grants with their states."""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from django.utils import timezone

from activations.api.answers import GrantAnswer, GrantList, RequestAnswer, RequestList
from activations.api.approval import answer
from activations.api.endpoint import Endpoint, Parameter, chosen, number, serve, text
from activations.people.access_facts import accesses, accesses_of_requests
from activations.people.actor import user_of
from activations.services.history import (
    STATUS_NAMES,
    Filters,
    own_grants,
    own_requests,
    requests_to_review,
)

PAGING = (
    Parameter("status", "Only this status", choices=STATUS_NAMES),
    Parameter("project", "Only this project"),
    Parameter("pageSize", "Rows per page, 1 to 200; 50 if not given", int),
    Parameter("pageToken", "The nextPageToken of the previous page"),
)
ROLES = ("mine", "review")


def filters(request: HttpRequest) -> Filters:
    return Filters(
        status=chosen(request, "status", STATUS_NAMES),
        project_id=text(request, "project"),
        page_size=number(request, "pageSize", default=50, at_most=200),
        page_token=text(request, "pageToken"),
    )


def requests(request: HttpRequest) -> RequestList:
    user, now = user_of(request), timezone.now()
    is_review = chosen(request, "role", ROLES) == "review"
    find = requests_to_review if is_review else own_requests
    page = find(user=user, filters=filters(request), now=now)
    held = accesses_of_requests(page.rows, now=now)
    rows = tuple(RequestAnswer.of(row, viewer=user, held=held, now=now) for row in page.rows)
    return RequestList(rows, page.next_token)


def one_request(request: HttpRequest, request_id: uuid.UUID) -> RequestAnswer:
    return answer(request_id, user_of(request))


def grants(request: HttpRequest) -> GrantList:
    user, now = user_of(request), timezone.now()
    page = own_grants(user=user, filters=filters(request), now=now)
    held = accesses(grants=page.rows, now=now)
    return GrantList(tuple(GrantAnswer.of(row, held, now) for row in page.rows), page.next_token)


requests_view = serve(
    Endpoint(
        "GET",
        "Requests of the caller, or for the caller to review; newest first",
        RequestList,
        requests,
        query=(Parameter("role", "Whose requests", choices=ROLES), *PAGING),
        errors=(400,),
    )
)
request_view = serve(
    Endpoint("GET", "One request", RequestAnswer, one_request, errors=(404,)),
)
grants_view = serve(
    Endpoint(
        "GET", "Grants of the caller, newest first", GrantList, grants, query=PAGING, errors=(400,)
    )
)

"""Lists the requests and grants that a person may see, page by page."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet

from activations.domain.refusals import NotAvailable
from activations.domain.rules import Refusal, check_project
from activations.domain.states import Status
from activations.models import Grant, Request, Review, Reviewer, User
from activations.models.request import RequestQuerySet
from activations.people.visibility import reviewable_by, was_asked
from activations.services.after_review import may_see
from eligibility.compiled import Compiled, keep_related, key
from googlecloud import json_text

M = TypeVar("M", bound=Model)

INSTANT = "%Y-%m-%dT%H:%M:%S.%f+00:00"


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """The rows of one page, and the token of the next page or None."""

    rows: Sequence[M]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters and the page of a list. Empty filters match everything."""

    status: str = ""
    project_id: str = ""
    page_size: int = 50
    page_token: str = ""


def find_request(*, user: User, request_id: uuid.UUID) -> Request:
    """Return a request that the user made or may review.

    :raises NotAvailable: when there is none. Requests that the user may not see give the same error.
    :raises UnusablePolicy, FactsMissing: when it is not known who reviews break-glass access.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    request = _whole(request_id)
    # The usual case needs no query: most people who open a request made it, or were asked.
    if request and (request.belongs_to(user) or any(r.is_(user) for r in request.reviewers.all())):
        return request
    found = _with_all(Request.objects.filter(pk=request_id))
    request = found.filter(was_asked(user)).first()
    if request is None and (used := found.filter(break_glass=True).first()):
        request = used if may_see(used, user) else None
    # Designated reviewers are checked last, because that may require a call to Google.
    request = request or _with_all(reviewable_by(user).filter(pk=request_id)).first()
    if request is None:
        raise NotAvailable("There is no such request, or it is not yours")
    return request


def _whole(request_id: uuid.UUID) -> Request | None:
    """Return the request with all that belongs to it."""
    found = _REQUEST.first(request=request_id)
    if found:
        grants = _GRANTS.rows(request=request_id)
        for grant in grants:
            grant.request = found
        keep_related(found, "grants", grants)
        keep_related(found, "reviewers", _REVIEWERS.rows(request=request_id))
        keep_related(found, "reviews", _REVIEWS.rows(request=request_id))
    return found


_REQUEST = Compiled(
    lambda: Request.objects.filter(pk=key("request")).select_related("opened_after_review")
)
_GRANTS = Compiled(lambda: Grant.objects.filter(request=key("request")))
_REVIEWERS = Compiled(lambda: Reviewer.objects.filter(request=key("request")))
_REVIEWS = Compiled(lambda: Review.objects.filter(request=key("request")))


def _with_all(found: RequestQuerySet) -> RequestQuerySet:
    joined = found.select_related("opened_after_review")
    return joined.prefetch_related("grants__request", "reviewers", "reviews")


def find_own_grant(*, user: User, grant_id: uuid.UUID) -> Grant:
    """Return a grant of the user.

    :raises NotAvailable: when there is none, or it belongs to another person.
    """
    grant = Grant.objects.of(user).filter(pk=grant_id).select_related("request").first()
    if grant is None:
        raise NotAvailable("There is no such grant, or it is not yours")
    return grant


def own_requests(*, user: User, filters: Filters, now: datetime) -> Page[Request]:
    """Return the user's requests, newest first.

    :raises Refusal: when the project or the page token is malformed.
    """
    return _requests(Request.objects.of(user), filters, now)


def requests_to_review(*, user: User, filters: Filters, now: datetime) -> Page[Request]:
    """Return the requests that the user was asked to review or may review as a designated reviewer.

    :raises Refusal: when the project or the page token is malformed.
    """
    return _requests(reviewable_by(user), filters, now)


def _requests(found: RequestQuerySet, filters: Filters, now: datetime) -> Page[Request]:
    found = _with_all(found)
    if filters.project_id:
        found = found.filter(project_id=check_project(filters.project_id))
    if filters.status:
        found = found.with_status(Status(filters.status), now)
    return _page(found, "requested_at", filters, lambda row: row.requested_at)


def own_grants(*, user: User, filters: Filters, now: datetime) -> Page[Grant]:
    """Return the user's grants, newest first.

    :raises Refusal: when the project or the page token is malformed.
    """
    found = Grant.objects.of(user).select_related("request")
    if filters.project_id:
        found = found.filter(project_id=check_project(filters.project_id))
    if filters.status:
        found = found.with_status(Status(filters.status), now)
    return _page(found, "start_time", filters, lambda row: row.start_time)


def _page(
    found: QuerySet[M], column: str, filters: Filters, position: Callable[[M], datetime]
) -> Page[M]:
    """Return the rows after the token's, ordered by time and id, so that new rows do not shift pages."""
    if filters.page_token:
        at, last_id = _read_token(filters.page_token)
        found = found.filter(Q(**{f"{column}__lt": at}) | Q(**{column: at, "id__lt": last_id}))
    rows = list(found.order_by(f"-{column}", "-id")[: filters.page_size + 1])
    shown = rows[: filters.page_size]
    if len(rows) <= filters.page_size:
        return Page(shown, None)
    return Page(shown, _token(position(shown[-1]), str(shown[-1].pk)))


def _token(at: datetime, row_id: str) -> str:
    text = json.dumps([at.astimezone(UTC).strftime(INSTANT), row_id])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_token(token: str) -> tuple[datetime, uuid.UUID]:
    try:
        at, row_id = json_text.parse(base64.urlsafe_b64decode(token.encode()))
        # Tokens contain UTC. Other time zones could exceed the range of datetime.
        return datetime.strptime(at, INSTANT).replace(tzinfo=UTC), uuid.UUID(row_id)
    except (ValueError, TypeError, AttributeError):
        raise Refusal(
            "pageToken is invalid. Use the nextPageToken of a previous response"
        ) from None


STATUS_NAMES = tuple(status.value for status in Status)

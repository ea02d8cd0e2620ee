"""The list of requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from activations.admin import search
from activations.admin.approval_facts import approval_facts
from activations.admin.as_of import moment
from activations.admin.cells import chip, end_cell, excerpt, grant_chip, names, utc
from activations.admin.filters.period import (
    RequestedIn,
    RequestsActiveDuring,
    RequestsStartedIn,
)
from activations.admin.filters.state import RequestStateFilter
from activations.admin.filters.text import PersonFilter, ProjectFilter, RequestRoleFilter
from activations.admin.history import HistoryAdmin
from activations.admin.record import (
    Fact,
    GrantLine,
    Group,
    Record,
    link,
    page_address,
    policy_facts,
    timeline,
    typed_facts,
)
from activations.admin.status_filters import REQUEST_KEYS, REQUEST_STATES
from activations.domain.states import Status
from activations.domain.text import minutes_in_words
from activations.exports.access_ends import actual_end, fill_in_access_ends
from activations.exports.related import relate_approvals, related
from activations.exports.requests import (
    GRANTS_IN_ORDER,
    REQUESTS,
    access_end,
    last_end,
    request_rows,
    roles_of,
)
from activations.models import Grant, Request
from activations.models.statuses import count_by_status
from activations.people.actor import user_of

TYPES = {"JIT": "self-approved", "MPA": "with approval by others"}


@admin.register(Request)
class RequestAdmin(HistoryAdmin):
    """All requests, with any result."""

    list_display = (
        *("asked", "person", "project", "roles", "standing", "ends"),
        *("approvers", "rule_applied", "wanted", "why"),
    )
    sortable_by = ("asked", "person", "project")
    list_filter = (
        RequestStateFilter,
        PersonFilter,
        ProjectFilter,
        RequestRoleFilter,
        RequestedIn,
        RequestsStartedIn,
        RequestsActiveDuring,
    )
    ordering = ("-requested_at", "-id")
    empty_text = "When somebody requests access, the request appears here, whatever its result."
    export_layout = REQUESTS
    since = "requested_at"
    outcomes = REQUEST_STATES
    position = 1
    purpose = "all requests and their results"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related(GRANTS_IN_ORDER)

    def count_outcomes(self, rows: QuerySet[Any], as_of: datetime) -> Mapping[str, int]:
        counts = count_by_status(rows, as_of)
        return {key: counts[status] for key, status in REQUEST_KEYS.items()}

    def prepare(self, rows: Sequence[Request], as_of: datetime) -> None:
        relate_approvals(rows)
        grants = [grant for row in rows for grant in row.grants.all()]
        fill_in_access_ends(grants, as_of)

    @admin.display(description="Requested (UTC)", ordering="requested_at")
    def asked(self, row: Request) -> SafeString | str:
        return utc(row.requested_at)

    @admin.display(description="Person", ordering="beneficiary_email")
    def person(self, row: Request) -> str:
        return row.beneficiary_email

    @admin.display(description="Project", ordering="project_id")
    def project(self, row: Request) -> str:
        return row.project_id

    @admin.display(description="Roles")
    def roles(self, row: Request) -> SafeString:
        return names(roles_of(row))

    @admin.display(description="State")
    def standing(self, row: Request) -> SafeString:
        return chip(row.status(row.as_of))  # type: ignore[attr-defined]  # see get_queryset

    @admin.display(description="Asked for")
    def wanted(self, row: Request) -> str:
        return minutes_in_words(row.minutes)

    @admin.display(description="Access ends (UTC)")
    def ends(self, row: Request) -> SafeString | str:
        """The last end of its accesses, with extensions."""
        as_of: datetime = row.as_of  # type: ignore[attr-defined]  # see get_queryset
        is_active = row.status(as_of) in {Status.ACTIVE, Status.PROVISIONING}
        return end_cell(access_end(row, as_of), last_end(row, as_of) if is_active else None)

    @admin.display(description="Approved by")
    def approvers(self, row: Request) -> SafeString:
        return names(related(row).approved_by)

    @admin.display(description="Rule")
    def rule_applied(self, row: Request) -> str:
        """The rule when access was granted; until then, when it was requested."""
        return row.granted_rule or row.rule

    @admin.display(description="Justification")
    def why(self, row: Request) -> str:
        return excerpt(row.justification)

    def found(self, text: str) -> Q:
        if key := search.as_id(text):
            return Q(id=key) | Q(id__in=Grant.objects.filter(id=key).values("request_id"))
        return search.of_person(text) or search.words(text)

    def export_rows(self, rows: QuerySet[Request]) -> QuerySet[Request]:
        return request_rows(rows)

    def record_context(self, row: Any, request: HttpRequest) -> dict[str, Any]:
        """Add the link to the request's page, for people who can open it."""
        return super().record_context(row, request) | {
            "page_address": page_address(row, user_of(request))
        }

    def record(self, row: Request, request: HttpRequest) -> Record:
        return Record(
            heading=f"{row.beneficiary_email} on {row.project_id}",
            status=chip(row.status(moment(request))),
            groups=[
                Group("Who and why", _who(row)),
                Group("When (UTC)", _when(row)),
                Group("Approval (UTC)", approval_facts(row) if row.needs_approval else ()),
                Group("Source", _origin(row)),
            ],
            grants=[_line(grant, moment(request)) for grant in row.grants.all()],
            person=row.beneficiary_email,
            timeline=timeline(Q(request=row)),
        )


def _who(request: Request) -> list[Fact]:
    return [
        Fact("Person", request.beneficiary_email),
        Fact("Project", request.project_id),
        Fact("Role", request.role),
        Fact("Resource condition", request.resource_condition),
        Fact("Activation", TYPES.get(request.activation_type, request.activation_type)),
        Fact("Break glass", "yes" if request.break_glass else ""),
        *typed_facts(request),
        *policy_facts(request),
        Fact("Extends", link(request.parent)),
    ]


def _when(request: Request) -> list[Fact]:
    return [
        Fact("Requested", utc(request.requested_at)),
        Fact("Asked for", minutes_in_words(request.minutes)),
        Fact("Start asked for", utc(request.start_at)),
        Fact("Expires", utc(request.expires_at)),
        Fact("Decided", utc(request.decided_at)),
    ]


def _origin(request: Request) -> list[Fact]:
    return [
        Fact("Channel", request.channel),
        Fact("Address", request.address),
        Fact("Device", request.device_id),
        Fact("Access levels", request.access_levels),
        Fact("Activation id", request.activation_id, is_code=True),
        Fact("Trace", request.trace, is_code=True),
    ]


def _line(grant: Grant, now: datetime) -> GrantLine:
    return GrantLine(
        link=link(grant, grant.role),
        condition=grant.resource_condition,
        status=grant_chip(grant, now),
        start=utc(grant.start_time),
        end=utc(actual_end(grant, now) or grant.end_time),
    )

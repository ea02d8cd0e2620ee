"""The list of grants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from activations.admin import search
from activations.admin.access_cells import access_facts
from activations.admin.as_of import moment
from activations.admin.cells import end_cell, excerpt, grant_chip, names, utc
from activations.admin.filters.period import ActiveDuring, StartedIn
from activations.admin.filters.state import GrantStateFilter
from activations.admin.filters.text import PersonFilter, ProjectFilter, RoleFilter
from activations.admin.history import HistoryAdmin
from activations.admin.logs_explorer import use_link
from activations.admin.record import Fact, Group, Record, link, timeline, typed_facts
from activations.admin.revocation import RevocationAdmin, ending
from activations.admin.status_filters import GRANT_OUTCOMES
from activations.domain.states import NEVER_ACTIVE, GrantState
from activations.domain.text import in_words
from activations.exports.access import ACCESS_CONTENTS
from activations.exports.access_ends import access_end_of, actual_end, fill_in_access_ends
from activations.exports.grants import GRANTS, grant_rows
from activations.exports.related import relate_approvals, related
from activations.models import Grant
from activations.people.access_facts import access_of


@admin.register(Grant)
class GrantAdmin(RevocationAdmin, HistoryAdmin):
    """Bindings that are, or should be, in IAM."""

    list_display = (
        *("started", "person", "project", "granted_role", "standing", "ends"),
        *("approvers", "rule", "why"),
    )
    sortable_by = ("started", "person", "project", "granted_role")
    list_filter = (
        GrantStateFilter,
        PersonFilter,
        ProjectFilter,
        RoleFilter,
        StartedIn,
        ActiveDuring,
    )
    list_select_related = ("request",)
    ordering = ("-start_time", "-id")
    empty_text = "When somebody activates a role, its IAM binding appears here."
    export_layout = GRANTS
    more_contents = (ACCESS_CONTENTS,)
    since = "start_time"
    outcomes = GRANT_OUTCOMES
    position = 2
    purpose = "each binding in IAM, from intent to end"

    def prepare(self, rows: Sequence[Grant], as_of: datetime) -> None:
        relate_approvals(grant.request for grant in rows)
        fill_in_access_ends(rows, as_of)

    @admin.display(description="Started (UTC)", ordering="start_time")
    def started(self, grant: Grant) -> SafeString | str:
        return utc(grant.start_time)

    @admin.display(description="Person", ordering="beneficiary_email")
    def person(self, grant: Grant) -> str:
        return grant.beneficiary_email

    @admin.display(description="Project", ordering="project_id")
    def project(self, grant: Grant) -> str:
        return grant.project_id

    @admin.display(description="Role", ordering="role")
    def granted_role(self, grant: Grant) -> SafeString | str:
        if not grant.resource_condition:
            return grant.role
        condition = excerpt(grant.resource_condition)
        return format_html('{}<div class="quiet">{}</div>', grant.role, condition)

    @admin.display(description="State")
    def standing(self, grant: Grant) -> SafeString:
        return grant_chip(grant, grant.as_of)  # type: ignore[attr-defined]  # see get_queryset

    @admin.display(description="Access ends (UTC)")
    def ends(self, grant: Grant) -> SafeString | str:
        """The end of the whole access, with extensions."""
        is_open = grant.state not in {*NEVER_ACTIVE, GrantState.ENDED}
        return end_cell(access_end_of(grant), grant.access_end if is_open else None)

    @admin.display(description="Approved by")
    def approvers(self, grant: Grant) -> SafeString:
        return names(related(grant.request).approved_by)

    @admin.display(description="Rule")
    def rule(self, grant: Grant) -> str:
        return grant.request.granted_rule

    @admin.display(description="Justification")
    def why(self, grant: Grant) -> str:
        return excerpt(grant.request.justification)

    def found(self, text: str) -> Q:
        if key := search.as_id(text):
            return Q(id=key) | Q(request_id=key)
        return search.of_person(text) or search.of_requests(text)

    def export_rows(self, rows: QuerySet[Grant]) -> QuerySet[Grant]:
        return grant_rows(rows)

    def record(self, row: Grant, request: HttpRequest) -> Record:
        now = moment(request)
        return Record(
            heading=f"{row.role} on {row.project_id}",
            status=grant_chip(row, now),
            groups=[
                _who(row),
                Group("What", _what(row)),
                Group("When (UTC)", _when(row, now)),
                Group("Access of all grants together (UTC)", access_facts(access_of(row, now=now))),
                ending(row),
                Group("What was done with it", [Fact("Google Cloud", use_link(row, now))]),
                Group("In IAM", _binding(row)),
            ],
            person=row.beneficiary_email,
            timeline=timeline(Q(grant=row) | Q(request=row.request_id, grant=None)),
        )


def _who(grant: Grant) -> Group:
    request = grant.request
    facts = [
        Fact("Person", request.beneficiary_email),
        Fact("Renamed in IAM to", grant.renamed_to),
        *typed_facts(request),
        Fact("Request", link(request, request.activation_id)),
    ]
    return Group("Who and why", facts)


def _what(grant: Grant) -> list[Fact]:
    return [
        Fact("Role", grant.role),
        Fact("Project", grant.project_id),
        Fact("Resource condition", grant.resource_condition or "all resources"),
        Fact("Eligible through", " › ".join(map(str, grant.eligible_by))),
        Fact("Eligibility attached to", grant.eligible_at),
        Fact("Failure", grant.failure),
        Fact("Kind of failure", grant.failure_kind),
    ]


def _when(grant: Grant, now: datetime) -> list[Fact]:
    return [
        Fact("Started", utc(grant.start_time)),
        Fact("Planned end", utc(grant.end_time)),
        Fact("Duration", in_words(grant.end_time - grant.start_time)),
        Fact("Actual end", utc(actual_end(grant, now))),
        Fact("Ended because", grant.reason(now)),
        Fact("Written to IAM", utc(grant.written_at)),
        Fact("Removed from IAM, confirmed", utc(grant.removed_at)),
    ]


def _binding(grant: Grant) -> list[Fact]:
    return [
        Fact("Title", grant.binding_title),
        Fact("Description", grant.binding_description),
        Fact("Condition", grant.binding_expression, is_code=True),
        Fact("Binding ends (UTC)", utc(grant.binding_end)),
        Fact("Policy etag before", grant.etag_before, is_code=True),
        Fact("Policy etag after", grant.etag_after, is_code=True),
        Fact("Write attempts", grant.write_attempts or ""),
        Fact("Grant id", str(grant.pk), is_code=True),
    ]

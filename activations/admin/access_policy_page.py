"""`/admin/access-policy/`: the active access policy, all versions, and a page for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from activations.admin.access_policy_text import difference_lines, text_lines
from activations.admin.as_of import moment
from activations.admin.cells import utc
from activations.admin.record import Fact, Group
from activations.models import User
from activations.people.actor import user_of
from policies.models import PolicyProposal, ProposalState
from policies.services.active import active_fault, active_version
from policies.services.steps import Person

PAGE_SIZE = 50
CHIPS = {
    ProposalState.PROPOSED: "chip-activation_pending",
    ProposalState.ACTIVE: "chip-active",
    ProposalState.REPLACED: "",
    ProposalState.REJECTED: "chip-declined",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What may be done about a version now, and by whom."""

    is_open: bool
    is_outdated: bool
    is_own: bool
    needs_second_person: bool
    is_active_text: bool

    @property
    def can_be_activated(self) -> bool:
        return self.is_open and not self.is_outdated and not self.waits_for_another

    @property
    def waits_for_another(self) -> bool:
        """Whether the reader proposed it, and so cannot activate it."""
        return self.is_open and self.is_own and self.needs_second_person

    @property
    def can_be_proposed_again(self) -> bool:
        return (not self.is_open or self.is_outdated) and not self.is_active_text


@dataclass(frozen=True, slots=True)
class Row:
    """A version in the list, with the state in words."""

    proposal: PolicyProposal
    chip: str
    word: str


@require_safe
def access_policy_page(request: HttpRequest) -> HttpResponse:
    """Show the active version and the list of all.

    :raises PermissionDenied: for everybody except administrators and auditors.
    """
    check_reader(request)
    active = active_version()
    rows, older = _rows(request.GET.get("before", ""))
    context = {
        "title": "Access policy",
        "subtitle": None,
        "active": active,
        "lines": text_lines(active.version.text) if active else [],
        "groups": groups_of(active) if active else [],
        "rows": [_row(one) for one in rows],
        "older": older,
        "is_first": "before" not in request.GET,
    }
    return policy_answer(request, "admin/access_policy/overview.html", context)


@require_safe
def access_policy_version_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show one version as it was proposed and decided.

    :raises PermissionDenied: for everybody except administrators and auditors.
    :raises Http404: when there is none with this number.
    """
    check_reader(request)
    proposal = proposal_of(number)
    base = proposal.base
    context = {
        "title": "Access policy",
        "subtitle": f"Version {proposal.version_id}",
        "proposal": proposal,
        "row": _row(proposal),
        "lines": text_lines(proposal.version.text),
        "groups": groups_of(proposal),
        "difference": difference_lines(base.text if base else "", proposal.version.text),
        "standing": standing(proposal, user_of(request)),
    }
    return policy_answer(request, "admin/access_policy/version.html", context)


def check_reader(request: HttpRequest) -> None:
    """:raises PermissionDenied: for everybody except administrators and auditors."""
    if not user_of(request).permissions.sees_history:
        raise PermissionDenied("The access policy is for administrators and auditors.")


def proposal_of(number: int) -> PolicyProposal:
    """:raises Http404: when there is none with this number."""
    found = PolicyProposal.objects.select_related("version", "base").filter(pk=number).first()
    if found is None:
        raise Http404(f"There is no proposal {number}.")
    return found


def standing(proposal: PolicyProposal, reader: User) -> Standing:
    """Return what may be done about a proposal now; takes one query."""
    active = active_version()
    active_id = active.version_id if active else None
    person = Person(reader.email, reader.subject)
    is_open = proposal.state == ProposalState.PROPOSED
    return Standing(
        is_open=is_open,
        is_outdated=is_open and proposal.base_id != active_id,
        is_own=person.is_same_as(proposal.proposed_by_email, proposal.proposed_by_subject),
        needs_second_person=settings.ACCESS_POLICY_SECOND_PERSON,
        is_active_text=proposal.version_id == active_id,
    )


def policy_answer(
    request: HttpRequest, template: str, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """Return a page about access policies, with the fault of the active one."""
    return TemplateResponse(
        request,
        template,
        {
            **admin.site.each_context(request),
            "as_of": moment(request),
            "fault": active_fault(),
            "may_change": user_of(request).permissions.is_administrator,
            "second_person": settings.ACCESS_POLICY_SECOND_PERSON,
            **context,
        },
        status=status,
    )


def groups_of(proposal: PolicyProposal) -> list[Group]:
    """Return who did what about a version, and when."""
    version = proposal.version
    return [
        Group(
            "Version",
            [
                Fact("Number", version.pk),
                Fact("SHA-256", version.sha256, is_code=True),
                Fact("Text by", version.author_email),
                Fact("First proposed (UTC)", utc(version.created_at)),
            ],
        ),
        Group(
            "Proposal",
            [
                Fact("Proposed by", proposal.proposed_by_email),
                Fact("Proposed (UTC)", utc(proposal.proposed_at)),
                Fact("Comment", proposal.comment),
                Fact(
                    "Active at that time",
                    f"version {proposal.base_id}" if proposal.base_id else "none",
                ),
            ],
        ),
        _decision(proposal),
    ]


def _decision(proposal: PolicyProposal) -> Group:
    verb = "Rejected" if proposal.state == ProposalState.REJECTED else "Activated"
    return Group(
        "Decision",
        [
            Fact(f"{verb} by", proposal.decided_by_email),
            Fact(f"{verb} (UTC)", utc(proposal.decided_at)),
            Fact("Comment", proposal.decision_comment),
            Fact("Second person", _second_person(proposal)),
            Fact("Replaced (UTC)", utc(proposal.replaced_at)),
        ],
    )


def _second_person(proposal: PolicyProposal) -> str:
    if proposal.as_deployment:
        return "No: imported by a deployment"
    if proposal.was_second_person is None:
        return ""
    return "Yes" if proposal.was_second_person else "No: proposed and decided by the same person"


def _rows(before: str) -> tuple[list[PolicyProposal], int | None]:
    """Return a page of proposals, the newest first, and where the next page begins."""
    found = PolicyProposal.objects.select_related("version").defer("version__text").order_by("-pk")
    if before.isdecimal():
        found = found.filter(pk__lt=min(int(before), 2**63 - 1))
    rows = list(found[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None


def _row(proposal: PolicyProposal) -> Row:
    state = ProposalState(proposal.state)
    waits = state is ProposalState.PROPOSED and settings.ACCESS_POLICY_SECOND_PERSON
    word = "Waiting for a second administrator" if waits else str(state.label).capitalize()
    return Row(proposal, CHIPS[state], word)

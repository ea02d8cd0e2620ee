"""Activate or reject a proposal."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from policies.document.reading import read
from policies.models import PolicyProposal, ProposalState
from policies.services.proposing import active_proposal, decide
from policies.services.refusals import NoSuchProposal, PolicyMoved, PolicyNotAllowed
from policies.services.steps import Person, Record, checked_comment, step

CHANGED = (
    "The active version has changed since this was proposed. Compare again and propose it again."
)


def activate(
    *,
    proposal_id: int,
    person: Person,
    needs_second_person: bool,
    now: datetime,
    record: Record,
    comment: str = "",
) -> PolicyProposal:
    """Make a proposed version the active one; the version before is replaced.

    :raises NoSuchProposal: when there is none with this number.
    :raises PolicyNotAllowed: when a second person is required, and the caller proposed it.
    :raises PolicyMoved: when it was decided before, or the active version changed since the proposal.
    :raises InvalidDocument: when this version of the application cannot read the text.
    """
    words = checked_comment(comment)
    try:
        with transaction.atomic():
            proposal = _open_proposal(proposal_id)
            active = active_proposal()
            if proposal.base_id != (active.version_id if active else None):
                raise PolicyMoved(CHANGED)
            _check_person(proposal, person, needs_second_person=needs_second_person)
            read(proposal.version.text)
            replace_active(active, now)
            decide(proposal, ProposalState.ACTIVE, person, now, comment=words)
            record(step("policy.activated", proposal, person, now))
    except IntegrityError as error:
        # Another activation was faster: only one proposal can be active.
        raise PolicyMoved(CHANGED) from error
    return proposal


def reject(
    *, proposal_id: int, person: Person, comment: str, now: datetime, record: Record
) -> PolicyProposal:
    """Reject a proposal; proposers withdraw their own in the same way.

    :raises NoSuchProposal: when there is none with this number.
    :raises PolicyRefused: without a comment.
    :raises PolicyMoved: when it was decided before.
    """
    words = checked_comment(comment, is_required=True)
    with transaction.atomic():
        proposal = _open_proposal(proposal_id)
        decide(proposal, ProposalState.REJECTED, person, now, comment=words)
        record(step("policy.rejected", proposal, person, now))
    return proposal


def replace_active(active: PolicyProposal | None, now: datetime) -> None:
    """Make room for the next active proposal."""
    if active:
        active.state = ProposalState.REPLACED
        active.replaced_at = now
        active.save(update_fields=["state", "replaced_at"])


def _open_proposal(proposal_id: int) -> PolicyProposal:
    proposal = (
        PolicyProposal.objects.select_for_update(of=("self",))
        .select_related("version", "base")
        .filter(pk=proposal_id)
        .first()
    )
    if proposal is None:
        raise NoSuchProposal(f"There is no proposal {proposal_id}")
    if proposal.state != ProposalState.PROPOSED and proposal.decided_at:
        word = "rejected" if proposal.state == ProposalState.REJECTED else "activated"
        at = proposal.decided_at.astimezone(UTC)
        raise PolicyMoved(
            f"{proposal.decided_by_email} {word} this proposal on {at:%Y-%m-%d %H:%M} UTC"
        )
    return proposal


def _check_person(proposal: PolicyProposal, person: Person, *, needs_second_person: bool) -> None:
    is_same = person.is_same_as(proposal.proposed_by_email, proposal.proposed_by_subject)
    if needs_second_person and is_same:
        raise PolicyNotAllowed(
            "You proposed this version, so another administrator must activate it"
        )

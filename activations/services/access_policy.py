"""Proposes, activates, rejects and imports access policies, each step with an event and an audit log entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from activations.domain.caller import Caller
from activations.domain.refusals import NotAllowed
from activations.domain.rules import check_comment
from activations.evidence.recording import Step, record, recording
from activations.models import Event
from activations.people.actor import Actor
from activations.reporting.access_policy_log import access_policy_changed
from policies.models import PolicyProposal
from policies.services.active import active_version
from policies.services.deciding import activate, reject
from policies.services.importing import import_as_deployment
from policies.services.proposing import Proposed, propose
from policies.services.refusals import PolicyMoved
from policies.services.steps import Person, PolicyStep, Record

Result = TypeVar("Result")


ACTIVE_CHANGED = (
    "The active version has changed since the preview. The preview now compares with the new one:"
    " check it again, then propose it."
)


def propose_policy(
    *, text: str, comment: str, compared_with: str, actor: Actor, now: datetime
) -> Proposed:
    """Propose a text to be the active policy; the same text again returns its open proposal.

    `compared_with` is the hash of the version that the author's preview compared with, or empty.

    :raises NotAllowed: for everybody but administrators.
    :raises InvalidDocument: when the text is not an access policy, with all problems.
    :raises PolicyMoved: when another version is active than the one that was compared with.
    :raises PolicyRefused: when the text is active already.
    :raises Refusal: when the comment is too long or has control characters.
    """
    person, words = _administrator(actor), check_comment(comment, required=False)

    def change(keep: Record) -> Proposed:
        if hash_of(active_version()) != compared_with:
            raise PolicyMoved(ACTIVE_CHANGED)
        return propose(text=text, author=person, now=now, comment=words, record=keep)

    return _recorded(actor.caller, change)


def hash_of(proposal: PolicyProposal | None) -> str:
    """Return the hash of a version, or an empty text for none."""
    return proposal.version.sha256 if proposal else ""


def activate_policy(
    *, proposal_id: int, comment: str, actor: Actor, needs_second_person: bool, now: datetime
) -> PolicyProposal:
    """Make a proposed version the active policy.

    :raises NotAllowed: for everybody but administrators.
    :raises PolicyNotAllowed: when a second person is required, and the caller proposed it.
    :raises NoSuchProposal, PolicyMoved, InvalidDocument: as `deciding.activate`.
    :raises Refusal: when the comment is too long or has control characters.
    """
    person, words = _administrator(actor), check_comment(comment, required=False)
    return _recorded(
        actor.caller,
        lambda keep: activate(
            proposal_id=proposal_id,
            person=person,
            needs_second_person=needs_second_person,
            now=now,
            comment=words,
            record=keep,
        ),
        second_person_required=needs_second_person,
    )


def reject_policy(*, proposal_id: int, comment: str, actor: Actor, now: datetime) -> PolicyProposal:
    """Reject a proposal; its author withdraws it in the same way.

    :raises NotAllowed: for everybody but administrators.
    :raises NoSuchProposal, PolicyMoved, PolicyRefused: as `deciding.reject`.
    :raises Refusal: when the comment is too long or has control characters.
    """
    person, words = _administrator(actor), check_comment(comment, required=False)
    return _recorded(
        actor.caller,
        lambda keep: reject(
            proposal_id=proposal_id, person=person, comment=words, now=now, record=keep
        ),
    )


def import_policy(
    *, text: str, operator: Caller, comment: str, now: datetime
) -> tuple[PolicyProposal, bool]:
    """Make a text the active policy; return its proposal, and whether anything changed.

    :raises InvalidDocument: when the text cannot become active, with all problems.
    :raises PolicyRefused: when the comment is too long.
    :raises PolicyMoved: when somebody activated another version at the same moment.
    """
    person = Person(operator.email, operator.subject)
    return _recorded(
        operator,
        lambda keep: import_as_deployment(
            text=text, operator=person, now=now, comment=comment, record=keep
        ),
    )


def _administrator(actor: Actor) -> Person:
    if not actor.user.permissions.is_administrator:
        raise NotAllowed("Only administrators can change the access policy")
    return Person(actor.user.email, actor.user.subject)


def _recorded(caller: Caller, change: Callable[[Record], Result], **details: Any) -> Result:
    """Carry out a change with its events in one transaction; then log them."""
    events: list[Event] = []

    def keep(step: PolicyStep) -> None:
        events.append(_record(step, caller, details))

    with recording():
        result = change(keep)
    for event in events:
        access_policy_changed(event)
    return result


def _record(step: PolicyStep, caller: Caller, details: dict[str, Any]) -> Event:
    return record(
        Step(
            kind=step.kind,
            at=step.at,
            actor=caller,
            comment=step.comment,
            details=step.details | details | {"channel": caller.channel},
        )
    )

"""Activates access policies, with each step in the evidence."""

from __future__ import annotations

from datetime import datetime

from activations.domain.caller import Caller
from activations.evidence.recording import Step, record, recording
from policies.models import PolicyProposal
from policies.services.importing import import_as_deployment
from policies.services.steps import Person, PolicyStep


def import_policy(
    *, text: str, operator: Caller, comment: str, now: datetime
) -> tuple[PolicyProposal, bool]:
    """Make a text the active policy; return its proposal, and whether anything changed.

    :raises InvalidDocument: when the text cannot become active, with all problems.
    :raises PolicyRefused: when the comment is too long.
    :raises PolicyMoved: when somebody activated another version at the same moment.
    """
    with recording():
        return import_as_deployment(
            text=text,
            operator=Person(operator.email, operator.subject),
            now=now,
            comment=comment,
            record=lambda step: _record(step, operator),
        )


def _record(step: PolicyStep, actor: Caller) -> None:
    record(
        Step(
            kind=step.kind,
            at=step.at,
            actor=actor,
            comment=step.comment,
            details=step.details | {"channel": actor.channel},
        )
    )

"""Steps in the life of a grant: one conditional update decides, the event stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from activations.domain.caller import Caller
from activations.domain.states import GRANT_TRANSITIONS, GrantState
from activations.evidence.facts import grant_changes
from activations.evidence.recording import Step, record
from activations.models import Grant


class IllegalTransition(Exception):
    """The grant has moved on in the meantime."""


SAVED = (
    *("binding_end", "binding_title", "binding_description", "binding_expression", "written_at"),
    *("write_attempts", "etag_before", "etag_after", "failure", "failure_kind"),
    *("ended_at", "end_reason", "ending_failure"),
)


def move(
    grant: Grant,
    target: GrantState,
    *,
    actor: Caller | None,
    now: datetime,
    details: Mapping[str, object],
    comment: str = "",
) -> None:
    """Take a step and record it; call it inside a transaction.

    :raises IllegalTransition: when the table has no such step, or somebody else was faster.
    """
    was = GrantState(grant.state)
    if target not in GRANT_TRANSITIONS[was]:
        raise IllegalTransition(f"{was} to {target}")
    values = {name: getattr(grant, name) for name in SAVED} | {"state": target}
    if Grant.objects.filter(pk=grant.pk, state=was).update(**values) != 1:
        raise IllegalTransition(f"{grant} is no longer {was}")
    grant.state = target
    record(
        Step(
            kind=f"grant.{target.value}",
            at=now,
            grant=grant,
            actor=actor,
            was=was,
            became=target,
            comment=comment,
            details=dict(details),
            rows=grant_changes(**values),
        )
    )

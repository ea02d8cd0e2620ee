"""The shapes of stages of approval in answers about a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from activations.domain.request_details import JSON_NAME
from activations.people.stage_progress import StageProgress


@dataclass(frozen=True, slots=True)
class GivenApproval:
    """The approval of one person."""

    email: str
    at: datetime
    comment: str
    on_behalf_of: str | None


@dataclass(frozen=True, slots=True)
class StageAnswer:
    """A stage of approval: how many people out of `from` must approve, and who has."""

    approvers: tuple[str, ...] = field(metadata={JSON_NAME: "from"})
    needed: int
    given: int
    by: tuple[GivenApproval, ...]

    @classmethod
    def of(cls, stage: StageProgress) -> StageAnswer:
        given = tuple(
            GivenApproval(one.reviewer_email, one.decided_at, one.comment, one.on_behalf_of or None)
            for one in stage.by
        )
        return cls(stage.approvers, stage.needed, len(given), given)

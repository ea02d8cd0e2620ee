"""Who holds a role, until when and by which grants: the one answer for pages, mails, API and admin."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from activations.domain.states import GrantState


@dataclass(frozen=True, slots=True)
class GrantFact:
    """What counts of one grant.

    `until` is the end of the binding that stands for it, as IAM was last read or written.
    """

    grant_id: uuid.UUID
    request_id: uuid.UUID
    state: GrantState
    start: datetime
    until: datetime
    is_ending: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """One role for one person on one project under one resource condition.

    `grants` give the role now, the longest first. `unconfirmed` may give it as well: their write
    was begun, and Google has not confirmed the result.
    """

    grants: tuple[GrantFact, ...] = ()
    unconfirmed: tuple[GrantFact, ...] = ()

    @property
    def is_held(self) -> bool:
        return bool(self.grants)

    @property
    def until(self) -> datetime | None:
        """When access ends; None when nothing gives it as far as is known."""
        return self.grants[0].until if self.grants else None

    @property
    def since(self) -> datetime | None:
        """When the grant that lasts longest began."""
        return self.grants[0].start if self.grants else None

    @property
    def request_id(self) -> uuid.UUID | None:
        """The request through which access lasts longest."""
        return self.grants[0].request_id if self.grants else None

    @property
    def is_ending(self) -> bool:
        """Whether the end of everything that gives it was asked for."""
        return self.is_held and all(grant.is_ending for grant in self.grants)

    def lasts_through_another(self, request_id: uuid.UUID) -> bool:
        """Whether another request keeps access going for longer than this one does."""
        return self.is_held and self.request_id != request_id


def access_by(facts: Iterable[GrantFact], *, now: datetime) -> Access:
    """The access that these grants of one person, role, condition and project give together.

    What stands in IAM is the union of the active ones, so access lasts as long as the longest. Of
    two that last equally long the newer one is named.
    """
    known = list(facts)
    active = [one for one in known if one.state is GrantState.ACTIVE and one.until > now]
    unconfirmed = [one for one in known if one.state is GrantState.PROVISIONING]
    return Access(
        tuple(sorted(active, key=lambda one: (one.until, one.start), reverse=True)),
        tuple(sorted(unconfirmed, key=lambda one: (one.until, one.start), reverse=True)),
    )

"""Who holds a role, until when and by which grants: the same answer for pages, mails, API and admin."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from activations.domain.states import GrantState


@dataclass(frozen=True, slots=True)
class GrantFact:
    """The facts of one grant that access depends on.

    `until` is the end of the grant's binding in IAM when it was last read or written, and `end` that of the
    grant itself, which is earlier when another grant lasts longer.
    """

    grant_id: uuid.UUID
    request_id: uuid.UUID
    state: GrantState
    start: datetime
    until: datetime
    end: datetime
    is_ending: bool = False

    @property
    def lasting(self) -> tuple[datetime, datetime, datetime]:
        """What orders grants: the one that lasts longest, and of equally long ones the newest, is greatest."""
        return self.until, self.end, self.start


@dataclass(frozen=True, slots=True)
class Access:
    """One role for one person on one project under one resource condition.

    `grants` grant the role now, the one that ends last first. `unconfirmed` may grant it as well: a
    write was started, and Google has not confirmed the result. `scheduled` will start later.
    """

    grants: tuple[GrantFact, ...] = ()
    unconfirmed: tuple[GrantFact, ...] = ()
    scheduled: tuple[GrantFact, ...] = ()

    @property
    def is_held(self) -> bool:
        return bool(self.grants)

    @property
    def until(self) -> datetime | None:
        """When access ends; None when no grant is known to give it."""
        return self.grants[0].until if self.grants else None

    @property
    def since(self) -> datetime | None:
        """The start of the grant that lasts longest."""
        return self.grants[0].start if self.grants else None

    @property
    def request_id(self) -> uuid.UUID | None:
        """The request whose grant lasts longest."""
        return self.grants[0].request_id if self.grants else None

    @property
    def is_ending(self) -> bool:
        """Whether somebody asked to end every grant that gives the access."""
        return self.is_held and all(grant.is_ending for grant in self.grants)

    def lasts_through_another(self, request_id: uuid.UUID) -> bool:
        """Whether a grant of another request lasts longer than those of this request."""
        return self.is_held and self.request_id != request_id


def access_by(facts: Iterable[GrantFact], *, now: datetime) -> Access:
    """Return the access that these grants of one person, role, condition and project give together.

    IAM grants the union of the active ones, so access lasts as long as the longest. All have one binding,
    which the longest one explains. If two last equally long, the newer one is named.
    """
    known = list(facts)
    active = [one for one in known if one.state is GrantState.ACTIVE and one.until > now]
    unconfirmed = [one for one in known if one.state is GrantState.PROVISIONING]
    return Access(
        tuple(sorted(active, key=lambda one: one.lasting, reverse=True)),
        tuple(sorted(unconfirmed, key=lambda one: one.lasting, reverse=True)),
        tuple(one for one in known if one.state is GrantState.SCHEDULED),
    )

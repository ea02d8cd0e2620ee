"""Access that starts later: one schedule for each role of a person, and its record."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from activations.domain.caller import Caller
from activations.domain.rules import Refusal
from activations.domain.states import GrantState
from activations.iam.transitions import save_grants
from activations.models import Grant, Request, Review, User
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from eligibility.compiled import Compiled, some_person
from eligibility.entitlements import ProjectRole


class AlreadyScheduled(Refusal):
    """The person has already scheduled the role; `request` is the one that did it."""

    def __init__(self, grant: Grant) -> None:
        self.request = grant.request
        start = grant.start_time.astimezone(UTC)
        super().__init__(
            f"{grant.role} on {grant.project_id} is already scheduled for {grant.beneficiary_email}, to"
            f" start at {start:%Y-%m-%d %H:%M} UTC. Withdraw that request first: {self.request.url}"
        )


def are_scheduled(grants: Sequence[Grant]) -> bool:
    """Return whether the grants of one request start later."""
    return any(grant.state == GrantState.SCHEDULED for grant in grants)


def check_not_scheduled(
    user: User, roles: Collection[ProjectRole], *, extends: Grant | None
) -> None:
    """Check that the person has scheduled none of the roles. Access that runs may be extended before that.

    :raises AlreadyScheduled: when they have.
    """
    if extends is not None:
        return
    keys = {role.key for role in roles}
    for found in _SCHEDULED.rows(person=user.pk):
        if found.role_key in keys:
            raise AlreadyScheduled(found)


def record_grants(
    request: Request,
    grants: Sequence[Grant],
    *,
    actor: Caller,
    now: datetime,
    review: Review | None = None,
) -> None:
    """Insert the grants, and tell the requester if they start later. Call it in the transaction of the decision.

    :raises AlreadyScheduled: when one of the roles was scheduled at the same moment, or for an earlier
        owner of the address.
    """
    if not are_scheduled(grants):
        save_grants(grants, actor=actor, now=now)
        return
    try:
        with transaction.atomic():  # so that the scheduled one can be read after a failure
            save_grants(grants, actor=actor, now=now)
    except IntegrityError:
        keys = [grant.role_key for grant in grants]
        address = grants[0].beneficiary_email
        theirs = _scheduled().filter(beneficiary_email=address, role_key__in=keys)
        if found := theirs.first():
            raise AlreadyScheduled(found) from None
        raise
    announce(Announcement.SCHEDULED, request=request, now=now, grants=grants, review=review)


def _scheduled() -> QuerySet[Grant]:
    found = Grant.objects.filter(state=GrantState.SCHEDULED)
    return found.select_related("request").order_by("start_time")


_SCHEDULED = Compiled(lambda: _scheduled().filter(request__beneficiary=some_person()))

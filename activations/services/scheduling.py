"""Access that starts later: one schedule for each role of a person, and its record."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from activations.domain.caller import Caller
from activations.domain.rules import Refusal
from activations.domain.states import GrantState
from activations.iam.transitions import save_grants
from activations.models import Grant, Request, Review, User
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
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
    if extends is None and (found := _scheduled(Q(request__beneficiary=user), roles)):
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
        address = Q(beneficiary_email=grants[0].beneficiary_email)
        if found := _scheduled(address, [grant.project_role for grant in grants]):
            raise AlreadyScheduled(found) from None
        raise
    announce(Announcement.SCHEDULED, request=request, now=now, grants=grants, review=review)


def _scheduled(whose: Q, roles: Collection[ProjectRole]) -> Grant | None:
    keys = [role.key for role in roles]
    found = Grant.objects.filter(whose, state=GrantState.SCHEDULED, role_key__in=keys)
    return found.select_related("request").order_by("start_time").first()

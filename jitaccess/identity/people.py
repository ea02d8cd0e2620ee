"""The row of a person: made on first sight, keyed by IAP's stable subject."""

from __future__ import annotations

from datetime import datetime, timedelta

from activations.models import User
from activations.people.adopted import recognise_holder
from googlecloud.iap import IapClaims

# "Last seen" is for operators; a write on every request would cost more than it tells.
SEEN_RESOLUTION = timedelta(hours=1)


def person(claims: IapClaims, *, now: datetime) -> User:
    """The user that these verified claims speak of; follows a changed address."""
    user, made = User.objects.get_or_create(
        subject=claims.sub,
        defaults={"email": claims.email, "first_seen": now, "last_seen": now},
    )
    if not made:
        if user.email == claims.email and now - user.last_seen <= SEEN_RESOLUTION:
            return user
        user.email, user.last_seen = claims.email, now
        user.save(update_fields=["email", "last_seen"])
    recognise_holder(user, now=now)
    return user

"""The row of a person: made on first sight, keyed by IAP's stable subject."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError

from activations.evidence.recording import recording
from activations.models import User
from activations.people.addresses import RESOLUTION, asserted_at, show_address
from activations.people.adopted import recognise_holder
from googlecloud.iap import IapClaims

# "Last seen" is for operators; a write on every request would cost more than it tells.
SEEN_RESOLUTION = timedelta(hours=1)
ATTEMPTS = 3


def person(claims: IapClaims, *, now: datetime) -> User:
    """The user that these verified claims speak of; follows a changed address. Usually one query.

    :raises activations.people.addresses.OutdatedAssertion: when the address moved to another
        account since IAP issued this assertion.
    """
    found = User.objects.annotate(asserted=asserted_at(claims.email)).filter(subject=claims.sub)
    user = found.first()
    if user and _is_current(user, claims, now):
        return user
    for _ in range(ATTEMPTS - 1):
        try:
            return _seen(claims, now)
        except IntegrityError:
            continue  # another request made the same row, or moved the same address
    return _seen(claims, now)


def _is_current(user: User, claims: IapClaims, now: datetime) -> bool:
    asserted: datetime | None = getattr(user, "asserted", None)
    return (
        user.email == claims.email
        and now - user.last_seen <= SEEN_RESOLUTION
        and asserted is not None
        and claims.issued_at - asserted <= RESOLUTION
    )


def _seen(claims: IapClaims, now: datetime) -> User:
    with recording():
        user, made = User.objects.get_or_create(
            subject=claims.sub,
            defaults={"email": claims.email, "first_seen": now, "last_seen": now},
        )
        show_address(user, claims.email, asserted_at=claims.issued_at, now=now)
        if not made:
            user.email, user.last_seen = claims.email, now
            user.save(update_fields=["email", "last_seen"])
        recognise_holder(user, now=now)
    return user

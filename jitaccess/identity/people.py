"""The row of a person: made on first sight, keyed by IAP's stable subject."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError

from activations.evidence.recording import recording
from activations.models import User
from activations.people.addresses import RESOLUTION, asserted_at, renew_assertion, show_address
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
    if user and _is_still_theirs(user, claims, now):
        return user
    for _ in range(ATTEMPTS - 1):
        try:
            return _seen(claims, now)
        except IntegrityError:
            continue  # another request made the same row, or moved the same address
    return _seen(claims, now)


def _is_still_theirs(user: User, claims: IapClaims, now: datetime) -> bool:
    """Whether the address has not changed hands; notes when it was shown, without any lock."""
    asserted: datetime | None = getattr(user, "asserted", None)
    if asserted is None or user.email != claims.email:
        return False
    if claims.issued_at - asserted > RESOLUTION and not renew_assertion(user, claims.issued_at):
        return False
    if now - user.last_seen > SEEN_RESOLUTION:
        User.objects.filter(pk=user.pk).update(last_seen=now)
        user.last_seen = now
        recognise_holder(user, now=now)
    return True


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

"""Finds or creates the row of a person, identified by IAP's stable subject."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError

from activations.evidence.recording import recording
from activations.models import User
from activations.people.addresses import RESOLUTION, asserted_at, renew_assertion, show_address
from activations.people.adopted import recognise_holder
from googlecloud.iap import IapClaims

# "Last seen" is for operators and does not need a write on every request.
SEEN_RESOLUTION = timedelta(hours=1)
ATTEMPTS = 3


def person(claims: IapClaims, *, now: datetime) -> User:
    """Return the user of these verified claims and update a changed address. Usually one query.

    :raises activations.people.addresses.OutdatedAssertion: when the address moved to another
        account after IAP issued this assertion.
    """
    found = User.objects.annotate(asserted=asserted_at(claims.email)).filter(subject=claims.sub)
    user = found.first()
    if user and _is_still_theirs(user, claims, now):
        return user
    for _ in range(ATTEMPTS - 1):
        try:
            return _seen(claims, now)
        except IntegrityError:
            continue  # another request created the same row, or moved the same address
    return _seen(claims, now)


def _is_still_theirs(user: User, claims: IapClaims, now: datetime) -> bool:
    """Return whether the address still belongs to this user; record its use without a lock."""
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

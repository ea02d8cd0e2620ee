"""Assigns adopted access to the person who holds it. IAM names only their address."""

from __future__ import annotations

from datetime import datetime

from activations.evidence.recording import Step, record, recording, request_changes
from activations.models import Address, Grant, Request, User

CHANNEL = "adopted"


def recognise_holder(user: User, *, now: datetime) -> None:
    """Assign the running access that was adopted under an address to the person who signed in with it.

    Does nothing when several people have had the address, because the holder is not known. Access that
    has ended is not assigned either, because another person may have held it.
    """
    if Address.objects.filter(email=user.email).exclude(person=user).exists():
        return
    if User.objects.filter(email=user.email).exclude(pk=user.pk).exists():
        return
    running = Grant.objects.active(now).filter(beneficiary_email=user.email)
    unknown = Request.objects.filter(
        channel=CHANNEL, beneficiary=None, pk__in=running.values("request")
    )
    if not unknown.exists():
        return  # the usual case, which does not lock the evidence chain
    with recording():
        for request in unknown.select_for_update():
            Request.objects.filter(pk=request.pk).update(beneficiary=user)
            rows = request_changes(beneficiary=user)
            record(Step(kind="request.recognised", at=now, request=request, rows=rows))

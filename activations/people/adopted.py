"""Adopted access and the person who holds it: IAM names an address, and no more."""

from __future__ import annotations

from datetime import datetime

from activations.evidence.facts import request_changes
from activations.evidence.recording import Step, record, recording
from activations.models import Address, Grant, Request, User

CHANNEL = "adopted"


def recognise_holder(user: User, *, now: datetime) -> None:
    """Give a person, just seen, the running access that was adopted under their address.

    Where several people have had the address, nobody can tell whose it is, and nothing is given;
    nor is access that has ended, which may have been somebody else's.
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
        return  # nearly always: nobody waits for the chain
    with recording():
        for request in unknown.select_for_update():
            Request.objects.filter(pk=request.pk).update(beneficiary=user)
            rows = request_changes(beneficiary=user)
            record(Step(kind="request.recognised", at=now, request=request, rows=rows))

"""Appending to the evidence: one event, in the transaction of the change it speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from activations.caller import Caller
from activations.chain import GENESIS
from activations.models import ChainHead, Event, Grant, Request


class NoTransaction(Exception):
    """An event must stand or fall with the change it speaks of."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happened, before it has its place in the chain."""

    kind: str
    at: datetime
    request: Request | None = None
    grant: Grant | None = None
    actor: Caller | None = None
    was: str = ""
    became: str = ""
    comment: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@contextmanager
def recording() -> Iterator[None]:
    """A transaction that takes its place in the chain's queue before it touches anything else.

    So no two of them can wait for each other's rows, whatever rows they change.
    """
    with transaction.atomic():
        _locked_head()
        yield


def record(step: Step) -> Event:
    """Append one event to the chain.

    :raises NoTransaction: when called outside a transaction; see :func:`recording`.
    """
    if not connection.in_atomic_block:
        raise NoTransaction(step.kind)
    head = _locked_head()
    event = _event(step, sequence=head.sequence + 1, previous_hash=head.hash)
    event.save(force_insert=True)
    ChainHead.objects.filter(id=1).update(sequence=event.sequence, hash=event.hash)
    return event


def _locked_head() -> ChainHead:
    head, _ = ChainHead.objects.select_for_update().get_or_create(
        id=1, defaults={"sequence": 0, "hash": GENESIS}
    )
    return head


def _event(step: Step, *, sequence: int, previous_hash: str) -> Event:
    subject = step.grant or step.request
    event = Event(
        sequence=sequence,
        at=step.at,
        kind=step.kind,
        request=step.request or (step.grant.request if step.grant else None),
        grant=step.grant,
        project_id=subject.project_id if subject else "",
        role=step.grant.role if step.grant else "",
        beneficiary_email=subject.beneficiary_email if subject else "",
        actor_email=step.actor.email if step.actor else "",
        actor_subject=step.actor.subject if step.actor else "",
        was=step.was,
        became=step.became,
        comment=step.comment,
        details=step.details,
        previous_hash=previous_hash,
    )
    event.hash = event.computed_hash()
    return event

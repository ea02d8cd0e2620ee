"""Appends events to the evidence, each in the transaction of the change that it records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from activations.domain.caller import Caller
from activations.domain.chain import GENESIS, Mark
from activations.evidence.facts import BEFORE, ROWS
from activations.models import ChainHead, Event, Grant, Request

# The head within a recording transaction: read once, written once, for any number of events.
_head: ContextVar[ChainHead | None] = ContextVar("chain_head", default=None)


class NoTransaction(Exception):
    """An event must be committed or rolled back together with its change."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happened, before it has a position in the chain."""

    kind: str
    at: datetime
    request: Request | None = None
    grant: Grant | None = None
    # The person's address, if the step concerns neither a request nor a grant.
    person: str = ""
    actor: Caller | None = None
    was: str = ""
    became: str = ""
    comment: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    # New values of rows, and previous ones where a fact changes; see `activations.evidence.facts`.
    rows: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)


@contextmanager
def recording() -> Iterator[None]:
    """Open a transaction that locks the head of the chain before it touches any other row.

    This prevents deadlocks between recording transactions, whichever rows they change. Inside another
    recording transaction it joins that one.
    """
    if _head.get() is not None:
        yield
        return
    with transaction.atomic():
        head = _locked_head()
        token = _head.set(head)
        try:
            yield
        finally:
            _head.reset(token)
        _save(head)


def record(step: Step) -> Event:
    """Append one event to the chain.

    :raises NoTransaction: when called outside a transaction; see :func:`recording`.
    """
    if not connection.in_atomic_block:
        raise NoTransaction(step.kind)
    if (head := _head.get()) is not None:
        return _append(step, head)
    head = _locked_head()
    event = _append(step, head)
    _save(head)
    return event


def _append(step: Step, head: ChainHead) -> Event:
    event = _event(step, sequence=head.sequence + 1, previous_hash=head.hash)
    event.save(force_insert=True)
    head.sequence, head.hash = event.sequence, event.hash
    mark = Mark(event.kind, event.sequence, event.hash)
    for row in (event.request, step.grant):
        if row is not None:
            row.recorded = mark
    return event


def _save(head: ChainHead) -> None:
    ChainHead.objects.filter(id=1).update(sequence=head.sequence, hash=head.hash)


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
        beneficiary_email=subject.beneficiary_email if subject else step.person,
        actor_email=step.actor.email if step.actor else "",
        actor_subject=step.actor.subject if step.actor else "",
        was=step.was,
        became=step.became,
        comment=step.comment,
        details=_details(step),
        previous_hash=previous_hash,
    )
    event.hash = event.computed_hash()
    return event


def _details(step: Step) -> dict[str, Any]:
    carried = {ROWS: step.rows, BEFORE: step.before}
    return step.details | {name: rows for name, rows in carried.items() if rows}

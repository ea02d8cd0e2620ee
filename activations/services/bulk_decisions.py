"""Stores decisions about several requests, and carries them out one by one: each at most once at a time.

A page carries out its rows while it is open; a scheduled job finishes what pages left. Both claim a row
first, so that a second click, a second tab and the job never decide the same row at the same moment.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from activations.domain import rules
from activations.domain.caller import Caller
from activations.domain.refusals import NotAvailable
from activations.models import BulkDecision, BulkDecisionRow, Request
from activations.models.bulk_decision import KEPT_FOR, LEFT_AFTER, RowState
from activations.people.actor import Actor
from googlecloud.calls import Deadline

MOST_ROWS = 100
LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row, in words; `tone` is the colour of its label."""

    word: str
    details: str = ""
    tone: str = "active"


@dataclass(frozen=True, slots=True)
class Selected:
    """One selected row; `request` is None when there is none that this person may see."""

    key: str
    request: Request | None


CarryOut = Callable[[BulkDecisionRow], Outcome]
DROPPED = Outcome(
    "Not decided",
    "Nobody continued within 10 minutes, so nothing was changed. Decide the request again",
    "ended",
)


@dataclass(slots=True)
class Counts:
    """What a run of the job did; `left` is 1 when its time was up first."""

    decided: int = 0
    dropped: int = 0
    left: int = 0

    def __str__(self) -> str:
        return f"{self.decided} decided, {self.dropped} dropped"


def start(
    *,
    key: uuid.UUID,
    actor: Actor,
    verb: str,
    comment: str,
    selected: Sequence[Selected],
    unknown: Outcome,
    now: datetime,
) -> BulkDecision:
    """Store what this person decided about these requests, and return it. Idempotent for the same key.

    `unknown` is the result of rows without a request.

    :raises Refusal: when the comment is too long, or there are too many rows.
    :raises NotAvailable: when another person used this key.
    """
    text = rules.check_comment(comment, required=verb == "decline")
    if len(selected) > MOST_ROWS:
        raise rules.Refusal(f"Select at most {MOST_ROWS} requests at once")
    facts = {
        "user": actor.user,
        "email": actor.user.email,
        "verb": verb,
        "comment": text,
        "caller": asdict(actor.caller),
        "base_url": actor.base_url[:255],
        "made_at": now,
        "active_at": now,
    }
    with transaction.atomic():
        made, is_new = BulkDecision.objects.get_or_create(pk=key, defaults=facts)
        if is_new:
            rows = [_row(made, number, one, unknown) for number, one in enumerate(selected)]
            BulkDecisionRow.objects.bulk_create(rows)
    if made.user_id != actor.user.pk:
        raise NotAvailable(f"There is no decision {key}")
    return made


def _row(made: BulkDecision, number: int, selected: Selected, unknown: Outcome) -> BulkDecisionRow:
    known: dict[str, Any] = {"request": selected.request}
    if selected.request is None:
        known = {"state": RowState.DONE, **asdict(unknown)}
    # PostgreSQL cannot store NUL.
    key = selected.key.replace("\0", "")[:LONGEST_KEY]
    return BulkDecisionRow(of=made, position=number, key=key, **known)


def stored_actor(decision: BulkDecision) -> Actor:
    """Return the person who decided, with the verified origin of their click."""
    caller = decision.caller | {"access_levels": tuple(decision.caller["access_levels"])}
    return Actor(decision.user, Caller(**caller), decision.base_url)


def decide_row(
    *, row: BulkDecisionRow, carry_out: CarryOut, clock: Callable[[], datetime]
) -> BulkDecisionRow:
    """Carry out one row unless it is done or in progress elsewhere; return its present state.

    What `carry_out` raises is passed on; the row can be carried out again after STALE_AFTER.
    """
    now = clock()
    if row.of.is_over(now):
        _drop(row.of, now)
    elif not row.is_done and _claim(row, now):
        result = carry_out(row)
        mine = BulkDecisionRow.objects.filter(pk=row.pk, claimed_at=now)
        mine.update(state=RowState.DONE, **asdict(result))
        BulkDecision.objects.filter(pk=row.of.pk).update(active_at=clock())
    row.refresh_from_db(fields=["state", "word", "details", "tone"])
    return row


def _claim(row: BulkDecisionRow, now: datetime) -> bool:
    free = BulkDecisionRow.objects.free(now).filter(pk=row.pk)
    if free.update(state=RowState.DECIDING, claimed_at=now) != 1:
        return False
    BulkDecision.objects.filter(pk=row.of.pk).update(active_at=now)
    return True


def _drop(decision: BulkDecision, now: datetime) -> int:
    """Give the rows that nobody decided their result. A row in progress gets it when it is stale."""
    free = BulkDecisionRow.objects.free(now).filter(of=decision)
    dropped: int = free.update(state=RowState.DONE, **asdict(DROPPED))
    return dropped


def finish_left(
    *, carry_out: CarryOut, clock: Callable[[], datetime], deadline: Deadline
) -> Counts:
    """Carry out what pages left, drop what is too old, and delete old results.

    Safe to interrupt, to repeat and to run at the same time as pages and other runs.
    """
    counts, now = Counts(), clock()
    BulkDecision.objects.filter(made_at__lte=now - KEPT_FOR).delete()
    open_rows = BulkDecisionRow.objects.open()
    found = BulkDecision.objects.filter(pk__in=open_rows.values("of_id"))
    for decision in found.select_related("user").order_by("made_at", "pk"):
        if decision.is_over(now):
            counts.dropped += _drop(decision, now)
        elif decision.active_at <= now - LEFT_AFTER:
            _finish(decision, counts, carry_out=carry_out, clock=clock, deadline=deadline)
    return counts


def _finish(
    decision: BulkDecision,
    counts: Counts,
    *,
    carry_out: CarryOut,
    clock: Callable[[], datetime],
    deadline: Deadline,
) -> None:
    for row in BulkDecisionRow.objects.free(clock()).filter(of=decision).select_related("request"):
        if deadline.expired:
            counts.left = 1
            return
        row.of = decision
        decide_row(row=row, carry_out=carry_out, clock=clock)
        counts.decided += 1

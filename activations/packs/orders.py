"""Orders of packs: who works on which, and the bytes that are stored for a day. One row is the lease of its order."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from typing import IO
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Q, QuerySet

from activations.domain.caller import Caller
from activations.domain.periods import Days
from activations.domain.rules import Refusal
from activations.evidence.recording import recording
from activations.models import EvidencePack, PackChunk, PackState
from activations.packs.making import Made, Order
from activations.packs.recording import ORDERED, log_made, record_made, record_step
from activations.packs.wanted import Wanted

# A run renews its lease every few seconds, so one that is silent for two minutes has died.
HELD = timedelta(minutes=2)
CLOCK_SKEW = timedelta(seconds=30)
KEPT = timedelta(days=1)
CHUNK = 512 * 1024
MOST_BYTES = 100 * 2**20
MOST_ATTEMPTS = 5
MOST_WAITING = 20
OPEN = (PackState.ORDERED, PackState.MAKING)


class LostTurn(Exception):
    """Another run has taken over this order, because this one was silent for too long."""


def order_pack(wanted: Wanted, *, caller: Caller, now: datetime) -> EvidencePack:
    """Record the order, and return it; an equal one of the same person that is not made yet is returned instead.

    :raises Refusal: when too many orders wait.
    """
    waiting = EvidencePack.objects.filter(state__in=OPEN)
    facts = {
        "first_day": wanted.days.first,
        "last_day": wanted.days.last,
        "project_id": wanted.project_id,
        "campaign": wanted.campaign,
        "campaign_name": wanted.campaign_name,
        "ordered_by": caller.email,
        "ordered_by_subject": caller.subject,
    }
    with recording():  # orders take turns, so that a second click finds the first order
        if found := waiting.filter(**facts).first():
            return found
        if waiting.count() >= MOST_WAITING:
            raise Refusal(
                f"{MOST_WAITING} evidence packs are waiting. Try again when some are made"
            )
        pack = EvidencePack.objects.create(ordered_at=now, **facts)
        record_step(ORDERED, order_of(pack), actor=caller, at=now)
    return pack


def order_of(pack: EvidencePack) -> Order:
    """Return what is to be made for this row."""
    days = Days(pack.first_day, pack.last_day)
    wanted = Wanted(days, pack.project_id, pack.campaign, pack.campaign_name)
    return Order(pack.pk, wanted, pack.ordered_by, MOST_BYTES)


def take(now: datetime) -> EvidencePack | None:
    """Begin the next order, or one whose run died; None when none waits."""
    for pack in EvidencePack.objects.filter(_free(now)).order_by("ordered_at", "pk"):
        same = EvidencePack.objects.filter(_free(now), pk=pack.pk, attempt=pack.attempt)
        if pack.attempt >= MOST_ATTEMPTS:
            why = pack.failure or "Each run was interrupted"
            text = f"{why}. Choose a shorter period or one project, or run manage.py evidence_pack."
            same.update(state=PackState.FAILED, failure=text, holder="", held_until=None)
            continue
        holder = str(uuid4())
        if same.update(
            state=PackState.MAKING,
            holder=holder,
            held_until=now + HELD,
            attempt=F("attempt") + 1,
            progress="Reading",
        ):
            pack.refresh_from_db()
            pack.chunks.all().delete()
            return pack
    return None


def _free(now: datetime) -> Q:
    # A clock that was far ahead took the lease for longer than anybody may have it.
    silent = Q(held_until__lte=now) | Q(held_until__gt=now + HELD + CLOCK_SKEW)
    return Q(state=PackState.ORDERED) | (Q(state=PackState.MAKING) & silent)


def _mine(pack: EvidencePack) -> QuerySet[EvidencePack]:
    return EvidencePack.objects.filter(pk=pack.pk, holder=pack.holder, state=PackState.MAKING)


def hold(pack: EvidencePack, *, now: datetime, progress: str) -> None:
    """Renew the lease.

    :raises LostTurn: when another run has taken over.
    """
    if not _mine(pack).update(held_until=now + HELD, progress=progress[:200]):
        raise LostTurn


def store(pack: EvidencePack, file: IO[bytes], *, clock: Callable[[], datetime]) -> None:
    """Store the bytes of a file, each chunk in a transaction with the lease.

    :raises LostTurn: when another run has taken over.
    """
    number = 0
    while data := file.read(CHUNK):
        with transaction.atomic():
            hold(pack, now=clock(), progress=f"Storing, {number * CHUNK // 2**20} MiB done")
            PackChunk.objects.create(pack=pack, attempt=pack.attempt, number=number, data=data)
        number += 1


def complete(pack: EvidencePack, made: Made, *, size: int, sha256: str, now: datetime) -> None:
    """Offer the pack for download, and record it: exactly once, even if another run works on it.

    :raises LostTurn: when another run has taken over.
    """
    order = order_of(pack)
    with recording():
        if not _mine(pack).update(
            state=PackState.READY,
            holder="",
            held_until=None,
            progress="",
            failure="",
            ready_at=now,
            delete_after=now + KEPT,
            size=size,
            sha256=sha256,
            fingerprint=made.fingerprint,
            unsigned_because=made.unsigned_because,
        ):
            raise LostTurn
        event = record_made(order, made, sha256=sha256, actor=None, at=now)
    log_made(order, made, event)


def release(pack: EvidencePack, error: BaseException, *, is_final: bool) -> None:
    """Note why it was not made, and let the next run try again, unless that cannot help."""
    state = PackState.FAILED if is_final else PackState.ORDERED
    _mine(pack).update(state=state, failure=str(error), holder="", held_until=None, progress="")


def delete_old(now: datetime) -> int:
    """Delete the bytes of packs that were offered for a day; return how many packs."""
    count = 0
    for pack in EvidencePack.objects.filter(state=PackState.READY, delete_after__lte=now):
        with transaction.atomic():
            pack.chunks.all().delete()
            count += EvidencePack.objects.filter(pk=pack.pk, state=PackState.READY).update(
                state=PackState.DELETED
            )
    return count


def content(pack: EvidencePack) -> Generator[bytes]:
    """Yield the bytes of a pack; one chunk is in memory."""
    chunks = PackChunk.objects.filter(pack=pack, attempt=pack.attempt)
    for number in range(-(-pack.size // CHUNK)):
        yield bytes(chunks.get(number=number).data)

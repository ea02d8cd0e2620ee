"""Makes the packs that were ordered, and deletes those that were offered long enough."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from activations.models import EvidencePack
from activations.packs.files import PackTooLarge
from activations.packs.heartbeat import SECONDS, Heartbeat
from activations.packs.making import make_pack
from activations.packs.orders import (
    LostTurn,
    complete,
    delete_old,
    order_of,
    release,
    store,
    take,
)
from activations.packs.signing import Sign
from googlecloud.calls import Deadline

READ_AT_ONCE = 1 << 20


@dataclass(slots=True)
class PackCounts:
    """What one run did; `waiting` lost their turn to another run."""

    made: int = 0
    waiting: int = 0
    failed: int = 0
    deleted: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def make_ordered(
    *,
    sign: Sign,
    clock: Callable[[], datetime],
    deadline: Deadline,
    beat_seconds: float = SECONDS,
) -> PackCounts:
    """Make packs, the oldest order first; begin none after the deadline.

    :raises googlecloud.errors.GoogleCloudError: when Google did not sign; the next run makes that pack again.
    """
    counts = PackCounts(deleted=delete_old(clock()))
    while not deadline.expired and (pack := take(clock())) is not None:
        try:
            _make(pack, sign=sign, clock=clock, beat_seconds=beat_seconds)
            counts.made += 1
        except PackTooLarge as error:
            release(pack, error, is_final=True)
            counts.failed += 1
        except LostTurn:
            counts.waiting += 1
        except Exception as error:  # Google or the database failed: the next run tries again
            release(pack, error, is_final=False)
            raise
    return counts


def _make(
    pack: EvidencePack, *, sign: Sign, clock: Callable[[], datetime], beat_seconds: float
) -> None:
    with tempfile.TemporaryFile() as file:
        with Heartbeat(pack, clock=clock, seconds=beat_seconds) as heart:
            made = make_pack(
                order_of(pack), target=file, sign=sign, clock=clock, progress=heart.note
            )
            size = file.tell()
        file.seek(0)
        digest = hashlib.sha256()
        while block := file.read(READ_AT_ONCE):
            digest.update(block)
        file.seek(0)
        store(pack, file, clock=clock)
    complete(pack, made, size=size, sha256=digest.hexdigest(), now=clock())

"""The end of the chain: its row lock orders all recording transactions."""

from __future__ import annotations

from activations.domain.chain import GENESIS
from activations.models import ChainHead
from eligibility.compiled import Compiled, CompiledUpdate, number, text

_HEAD = Compiled(lambda: ChainHead.objects.select_for_update().filter(id=1))
_MOVE = CompiledUpdate(
    lambda: ChainHead.objects.filter(id=1), sequence=number("sequence"), hash=text("hash")
)


def locked_head() -> ChainHead:
    """Lock the head until the end of the transaction, and return it; the first one creates it."""
    if found := _HEAD.first():
        return found
    head, _ = ChainHead.objects.select_for_update().get_or_create(
        id=1, defaults={"sequence": 0, "hash": GENESIS}
    )
    return head


def save(head: ChainHead) -> None:
    """Store where the chain ends now."""
    _MOVE.run(sequence=head.sequence, hash=head.hash)

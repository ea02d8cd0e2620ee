"""A cache whose entries expire and whose size is limited."""

from eligibility.caches import Expiring
from tests.eligibility.conftest import Clock


def test_values_expire_after_their_time(clock: Clock) -> None:
    kept: Expiring[str, int] = Expiring(size=3, clock=clock)
    kept.put("short", 1, seconds=10)
    kept.put("long", 2, seconds=20)
    clock.sleep(9)
    assert (kept.get("short"), kept.get("long")) == (1, 2)
    clock.sleep(1)
    assert (kept.get("short"), kept.get("long"), kept.get("never")) == (None, 2, None)


def test_the_least_recently_used_value_is_evicted_first(clock: Clock) -> None:
    kept: Expiring[str, int] = Expiring(size=2, clock=clock)
    kept.put("a", 1, seconds=10)
    kept.put("b", 2, seconds=10)
    kept.get("a")
    kept.put("c", 3, seconds=10)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)


def test_values_can_be_removed_and_replaced(clock: Clock) -> None:
    kept: Expiring[str, int] = Expiring(size=2, clock=clock)
    kept.put("a", 1, seconds=10)
    kept.put("a", 2, seconds=30)
    clock.sleep(20)
    assert kept.get("a") == 2
    kept.forget("a")
    kept.forget("unknown")
    assert kept.get("a") is None

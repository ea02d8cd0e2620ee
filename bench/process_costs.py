"""What a piece of work costs this process: time and memory."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds and MiB of one piece of work, in this process."""

    wall: float
    cpu: float
    grown: float


def costs_of(work: Callable[[], Any], *, profiled: bool = False) -> Costs:
    before, wall, cpu = peak(), time.perf_counter(), time.process_time()
    with profiling() if profiled else nullcontext():
        work()
    return Costs(time.perf_counter() - wall, time.process_time() - cpu, peak() - before)


@contextmanager
def profiling() -> Iterator[None]:
    with cProfile.Profile() as profile:
        yield
    pstats.Stats(profile).sort_stats("cumulative").print_stats(60)
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


def peak() -> float:
    """Return the largest size of this process so far, in MiB; unlike `ru_maxrss` not its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    found = next(line for line in lines if line.startswith("VmHWM"))
    return int(found.split()[1]) / 1024

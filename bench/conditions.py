"""Judge random conditions and compare with cel-python: `python bench/conditions.py [TREES] [SEED]`."""

import sys
import time
from random import Random

from tests.eligibility.instants import disagreement

TOLD_EVERY = 1000


def main(trees: int = 100_000, seed: int = 1) -> int:
    random, begun, wrong = Random(seed), time.monotonic(), 0
    for tried in range(1, trees + 1):
        if found := disagreement(random):
            wrong += 1
            print(found, flush=True)
        if tried == trees or tried % TOLD_EVERY == 0:
            spent = time.monotonic() - begun
            print(f"{tried} trees, seed {seed}: {wrong} disagreements, {spent:.0f} s", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

"""Judge random conditions and compare with cel-python: `python bench/conditions.py [TREES] [SEED]`."""

import sys
import time
from random import Random

from tests.eligibility.instants import disagreement


def main(trees: int = 100_000, seed: int = 1) -> int:
    random, begun = Random(seed), time.monotonic()
    wrong = [found for _ in range(trees) if (found := disagreement(random))]
    print(
        f"{trees} trees, seed {seed}: {len(wrong)} disagreements, {time.monotonic() - begun:.0f} s"
    )
    print("\n".join(wrong[:20]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

"""Eligibility and its times agree with cel-python on random conditions; bench/conditions.py tries more."""

from random import Random

import pytest

from tests.eligibility.instants import disagreement


@pytest.mark.parametrize("seed", range(5))
def test_random_conditions_are_judged_as_cel_python_evaluates_them(seed: int) -> None:
    random = Random(seed)
    assert [found for _ in range(30) if (found := disagreement(random))] == []

"""All warnings about a text: of the document alone, and of what the environment's values prevent."""

from __future__ import annotations

from policies.document.problems import Problem
from policies.document.reading import Reading
from policies.rules.late_steps import late_steps
from policies.rules.requirements import Environment


def warnings_about(reading: Reading, environment: Environment) -> tuple[Problem, ...]:
    """Return the warnings in the order of the text."""
    late = late_steps(reading.document.rules, answer_within=environment.answer_within)
    found = (Problem(reading.places[number], sentence) for number, sentence in late)
    return tuple(sorted((*reading.warnings, *found)))

"""Warnings: rules whose break glass somebody may use that nobody else reviews."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.document.problems import shown
from policies.document.shape import BreakGlass, Rule


def unreviewed_rules(rules: Sequence[Rule]) -> Iterator[tuple[int, str]]:
    """Yield number and warning of each rule whose only reviewer may break glass as well.

    Members of groups are not known here; a request is refused when they leave nobody to review it.
    """
    for number, rule in enumerate(rules):
        if rule.break_glass and (name := _only_reviewer(rule.break_glass)):
            yield number, _warning(rule.name, name)


def _only_reviewer(part: BreakGlass) -> str:
    """Return the one person who reviews and may break glass; '' if there is none, or others review too."""
    reviewers = {name.lower() for name in part.review_by}
    people = {name.lower() for name in part.who if name.startswith("user:")}
    return min(reviewers) if len(reviewers) == 1 and reviewers <= people else ""


def _warning(rule: str, name: str) -> str:
    return (
        f"The rule {shown(rule)} refuses break glass to {name}: nobody else is in review_by. Name another"
        " person or a group there."
    )

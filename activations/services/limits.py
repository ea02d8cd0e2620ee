"""The operator's limits in the form that access policies tighten."""

from __future__ import annotations

from activations.domain.text import minutes_down
from activations.iam.dependencies import current_limits
from policies.rules.requirements import Criterion, Environment

DEFAULT_MINUTES = 60


def usual_minutes() -> int:
    """Return the duration that is offered where no rule says otherwise."""
    return min(DEFAULT_MINUTES, minutes_down(current_limits().longest))


def current_environment() -> Environment:
    """Return the limits that hold where no rule is stricter."""
    limits = current_limits()
    return Environment(
        max_minutes=minutes_down(limits.longest),
        default_minutes=usual_minutes(),
        justification=Criterion(limits.justification_pattern, limits.justification_hint),
        answer_within=minutes_down(limits.request_validity),
    )

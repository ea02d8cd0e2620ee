"""Reads the operator's limits from Django's settings."""

from __future__ import annotations

from django.conf import settings

from activations.domain.durations import minutes_down
from activations.domain.rules import Limits
from policies.rules.requirements import Criterion, Environment

DEFAULT_MINUTES = 60


def current_limits() -> Limits:
    return Limits(
        longest=settings.ACTIVATION_TIMEOUT,
        max_roles=settings.ACTIVATION_REQUEST_MAX_ROLES,
        min_reviewers=settings.ACTIVATION_REQUEST_MIN_REVIEWERS,
        max_reviewers=settings.ACTIVATION_REQUEST_MAX_REVIEWERS,
        request_validity=settings.ACTIVATION_REQUEST_TIMEOUT,
        justification_pattern=settings.JUSTIFICATION_PATTERN,
        justification_hint=settings.JUSTIFICATION_HINT,
    )


def usual_minutes() -> int:
    """Return the duration that is offered where no rule says otherwise."""
    return min(DEFAULT_MINUTES, minutes_down(current_limits().longest))


def current_environment() -> Environment:
    """Return the limits in the form that access policies tighten."""
    limits = current_limits()
    return Environment(
        max_minutes=minutes_down(limits.longest),
        default_minutes=usual_minutes(),
        justification=Criterion(limits.justification_pattern, limits.justification_hint),
        answer_within=minutes_down(limits.request_validity),
    )

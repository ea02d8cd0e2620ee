"""Reads the operator's limits from Django's settings."""

from __future__ import annotations

from django.conf import settings

from activations.domain.rules import Limits


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

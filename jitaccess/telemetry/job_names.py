"""The commands and cron paths that are traced as jobs."""

from __future__ import annotations

JOBS = frozenset(
    {
        *("campaigns", "deliver", "expire", "make_packs", "packs", "reconcile"),
        *("refresh", "refresh_eligibility", "remind", "start", "start_scheduled"),
    }
)

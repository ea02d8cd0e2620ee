"""The commands and cron paths that are traced as jobs."""

from __future__ import annotations

JOBS = frozenset(
    {
        "audit",
        "deliver",
        "deliver_exports",
        "expire",
        "export",
        "make_packs",
        "packs",
        "reconcile",
        "reconcile_audit_log",
        "refresh",
        "refresh_eligibility",
        "remind",
    }
)

"""Writes one log line per minute, from which Cloud Monitoring derives metrics for alerts."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db.models import Count, Min

from activations.domain.states import DeliveryState, Status
from activations.models import Grant, OutboxMessage, Request
from eligibility.index.served import latest
from eligibility.models import Refresh

logger = logging.getLogger("jitaccess.metrics")


def log_metrics(*, now: datetime) -> None:
    """Write the line. Alerts depend on its names (docs/observability.md)."""
    found = metrics(now)
    logger.info(
        "Metrics: %s",
        ", ".join(f"{name}={value}" for name, value in found.items()),
        extra={"event": "metrics", "metrics": found},
    )


def metrics(now: datetime) -> dict[str, int]:
    """Return counts of open items, and the age of the oldest ones in seconds."""
    return _grants(now) | _requests(now) | _outbox(now) | _index(now)


def _grants(now: datetime) -> dict[str, int]:
    provisioning = Grant.objects.with_status(Status.PROVISIONING, now).aggregate(
        count=Count("pk"), oldest=Min("start_time")
    )
    active = Grant.objects.active(now)
    return {
        "active_grants": active.count(),
        "provisioning_grants": provisioning["count"],
        "provisioning_age_seconds": _age(provisioning["oldest"], now),
    }


def _requests(now: datetime) -> dict[str, int]:
    waiting = Request.objects.pending(now).aggregate(
        count=Count("pk"), oldest=Min("requested_at"), escalated=Count("escalated_at")
    )
    return {
        "queue_length": waiting["count"],
        "queue_escalated": waiting["escalated"],
        "queue_age_seconds": _age(waiting["oldest"], now),
    }


def _outbox(now: datetime) -> dict[str, int]:
    waiting = OutboxMessage.objects.filter(state=DeliveryState.WAITING).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    dead = OutboxMessage.objects.filter(state=DeliveryState.DEAD)
    return {
        "outbox_length": waiting["count"],
        "outbox_age_seconds": _age(waiting["oldest"], now),
        "outbox_dead": dead.count(),
    }


def _index(now: datetime) -> dict[str, int]:
    """The index that is served; while there is none, its age counts from the first attempt."""
    last = latest()
    began = last or Refresh.objects.order_by("pk").first()
    return {
        "index_age_seconds": _age(began.started_at if began else None, now),
        "index_projects": last.projects if last else 0,
        "index_bindings": last.bindings if last else 0,
        "index_groups": last.groups if last else 0,
    }


def _age(oldest: datetime | None, now: datetime) -> int:
    return max(0, int((now - oldest).total_seconds())) if oldest else 0

"""Checks of the database, and of the schedulers and messages that it records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection

from activations.checks import BROKEN_END, check_evidence
from activations.domain.states import DeliveryState
from activations.models import JobRun, OutboxMessage
from activations.reporting.metrics import metrics
from certification.models import Campaign, CampaignState
from jitaccess.doctor.access_policy import ACCESS_POLICY, access_policy
from jitaccess.doctor.check_result import CheckResult, ok, problem, unknown
from jitaccess.doctor.deployment import MOST_SKEW
from jitaccess.doctor.index_age import INDEX, index_age
from jitaccess.doctor.outside_evidence import COMPARISON, DELIVERY, comparison, delivery
from jitaccess.doctor.target import Target
from jitaccess.runtime import Platform
from jitaccess.start import MIGRATE, unapplied_migrations
from policies.services.active import UnusablePolicy, active_policy

DATABASE, MIGRATIONS, EVIDENCE = "Database", "Migrations", "Evidence"
SCHEDULER, OUTBOX = "Scheduler", "Outbox"
# A scheduler calls every minute; some runs may be missed, for example during a deployment.
SILENCE = {
    "decide": timedelta(minutes=10),
    "deliver": timedelta(minutes=10),
    "packs": timedelta(hours=1),
    "reconcile": timedelta(hours=1),
    "start": timedelta(minutes=10),
}
SILENCE_OF_REMINDERS = {"remind": timedelta(minutes=10)}
SILENCE_OF_CAMPAIGNS = {"campaigns": timedelta(hours=3)}
LONGEST_WAIT = timedelta(minutes=15)
FULL = 0.9
START_SCHEDULER = {
    Platform.APP_ENGINE: "gcloud app deploy cron.yaml",
    Platform.CLOUD_RUN: "gcloud scheduler jobs list --location=REGION",
    Platform.MACHINE: "systemctl list-timers 'jitaccess-job@*'",
}


def storage(target: Target) -> Iterator[CheckResult]:
    """Yield the checks in order; each needs the previous ones, since nothing can be counted without a table."""
    try:
        yield _database(target)
        missing = _migrations()
        yield missing or ok(MIGRATIONS, "are all applied")
        if missing:
            yield from (
                unknown(name, "See Migrations.")
                for name in (
                    EVIDENCE,
                    ACCESS_POLICY,
                    SCHEDULER,
                    INDEX,
                    OUTBOX,
                    COMPARISON,
                    DELIVERY,
                )
            )
            return
        yield _evidence()
        yield access_policy()
        yield _scheduler(target)
        yield index_age(target)
        yield _outbox(target)
        yield comparison(target)
        yield delivery(target)
    except DatabaseError as error:
        yield problem(
            DATABASE,
            f"It does not answer: {error}",
            "Check that DATABASE_URL is right, the database runs and, for Cloud SQL, the instance is"
            " attached, the service account has roles/cloudsql.client and sqladmin.googleapis.com is enabled.",
            f"gcloud sql instances list --project={target.project}",
        )


def _database(target: Target) -> CheckResult:
    connection.ensure_connection()
    version = ".".join(str(part) for part in connection.get_database_version())
    kind = f"{connection.display_name} {version}"
    skew = round((target.clock() - _time_of_database()).total_seconds())
    if abs(skew) > MOST_SKEW:
        return problem(
            DATABASE,
            f"{kind}, whose clock is {abs(skew)} s {'behind' if skew > 0 else 'ahead of'} ours.",
            "See the line Clock; if that is well, synchronize the machine of the database with a time server.",
            "timedatectl set-ntp true",
        )
    used, most = _connections()
    if used > most * FULL:
        return problem(
            DATABASE,
            f"{kind}, of whose {most} connections {used} are in use.",
            "Allow fewer instances, or raise max_connections of the database: docs/operations.md, Size.",
            "gcloud run services update jitaccess --max-instances=2",
        )
    return ok(DATABASE, f"{kind}, whose clock is within {max(abs(skew), 1)} s of ours")


def _connections() -> tuple[int, int]:
    """Return how many connections the server of the database has and how many it allows us; 0 of 0 on SQLite."""
    if connection.vendor != "postgresql":
        return 0, 0
    with connection.cursor() as cursor:
        # What belongs to other users shows little more than its database.
        cursor.execute(
            "SELECT count(datid), current_setting('max_connections')::int"
            " - current_setting('superuser_reserved_connections')::int FROM pg_stat_activity"
        )
        used, most = cursor.fetchone()
    return used, most


def _time_of_database() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_TIMESTAMP")
        (told,) = cursor.fetchone()
    # SQLite returns text, in UTC.
    return told if isinstance(told, datetime) else datetime.fromisoformat(told).replace(tzinfo=UTC)


def _migrations() -> CheckResult | None:
    missing = unapplied_migrations()
    if not missing:
        return None
    what = f"{len(missing)} are not applied: {', '.join(missing[:3])}"
    return problem(MIGRATIONS, what, "Apply them with the variables of the server.", MIGRATE)


def _evidence() -> CheckResult:
    for found in check_evidence(databases=["default"]):
        command = "python manage.py verify_evidence" if found.id == BROKEN_END else MIGRATE
        return problem(EVIDENCE, found.msg, found.hint or "", command)
    return ok(EVIDENCE, "is protected by triggers, and the end of its chain is present")


def _scheduler(target: Target) -> CheckResult:
    allowed = SILENCE | (SILENCE_OF_REMINDERS if _has_reminders() else {})
    if Campaign.objects.filter(state=CampaignState.OPEN).exists():
        allowed |= SILENCE_OF_CAMPAIGNS
    now, runs = target.clock(), JobRun.objects.in_bulk(list(allowed))
    seen = {name: now - run.last_started_at for name, run in runs.items()}
    never = [name for name in allowed if name not in seen]
    silent = [name for name, since in seen.items() if since > allowed[name]]
    failed = [f"{name}: {run.failure}" for name, run in runs.items() if run.failure]
    words = [
        *(f"{name} has never run" for name in never),
        *(f"{name} last ran {_words(seen[name])} ago" for name in silent),
        *(f"the last run failed, {text}" for text in failed),
    ]
    if not words:
        return ok(
            SCHEDULER, ", ".join(f"{n} {_words(since)} ago" for n, since in sorted(seen.items()))
        )
    return problem(SCHEDULER, f"{'; '.join(words)}.", _advice(), START_SCHEDULER[settings.PLATFORM])


def _has_reminders() -> bool:
    """Return whether the active access policy needs the job that reminds and escalates."""
    try:
        active = active_policy()
    except UnusablePolicy:
        return False
    approvals = [rule.require.approval for rule in active.document.rules] if active else []
    return any(one and (one.remind_after or one.escalate) for one in approvals)


def _advice() -> str:
    if settings.PLATFORM is Platform.APP_ENGINE:
        return (
            "Deploy cron.yaml, and look for refused calls in the log (labels.event=cron.refused)."
        )
    if settings.PLATFORM is Platform.CLOUD_RUN:
        return (
            "Let Cloud Scheduler run the jobs jitaccess-decide, jitaccess-deliver, jitaccess-remind and"
            " jitaccess-start every minute, and jitaccess-packs and jitaccess-reconcile every five minutes."
        )
    return (
        "Let a scheduler call /cron/<job> every minute with a token of"
        " CRON_SERVICE_ACCOUNT, or let cron or systemd run `manage.py decide`, `manage.py deliver`,"
        " `manage.py remind`, `manage.py start_scheduled`, `manage.py reconcile` and `manage.py make_packs`."
    )


def _outbox(target: Target) -> CheckResult:
    found = metrics(target.clock())
    waiting, dead = found["outbox_length"], found["outbox_dead"]
    oldest = timedelta(seconds=found["outbox_age_seconds"])
    if not dead and oldest <= LONGEST_WAIT:
        return ok(OUTBOX, f"{waiting} messages are waiting")
    undelivered = OutboxMessage.objects.exclude(state=DeliveryState.DELIVERED)
    last = undelivered.exclude(last_error="").order_by("-created_at").first()
    because = f" Last error: {last.last_error}" if last else ""
    return problem(
        OUTBOX,
        f"{waiting} messages are waiting, the oldest for {_words(oldest)}; {dead} could not be delivered.{because}",
        "Fix the channel that fails, then resend the messages under"
        " /admin/activations/outboxmessage/.",
        "python manage.py deliver",
    )


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"

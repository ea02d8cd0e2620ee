"""Checks of evidence outside of the database: Google's audit log, and the bucket for exports. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings

from activations.deliveries.run import days_due
from activations.google_audit.reading import FILTER
from activations.models import ExportDelivery, JobRun
from googlecloud.cloud_storage import BucketState
from googlecloud.errors import GoogleCloudError
from jitaccess.doctor.check_result import CheckResult, ok, problem, unknown
from jitaccess.doctor.target import Target
from jitaccess.doctor.trouble import trouble
from jitaccess.runtime import Platform

VIEWS, BUCKET = "Audit log views", "Export bucket"
COMPARISON, DELIVERY = "Audit log", "Daily exports"
NEEDED = ("storage.objects.create", "storage.objects.get")
# Schedulers call every 15 minutes, and every hour.
AUDIT_SILENCE = timedelta(hours=2)
DAYS_LATE = 2
RUN = {
    Platform.APP_ENGINE: "gcloud app deploy cron.yaml",
    Platform.CLOUD_RUN: "gcloud run jobs execute jitaccess-{job} --region=REGION",
    Platform.MACHINE: "python manage.py {command}",
}


def audit_log_views(target: Target) -> Iterator[CheckResult]:
    """Ask for entries of the future in each view: only reading proves that it may be read."""
    if not settings.AUDIT_LOG_VIEWS:
        yield ok(VIEWS, "not used: AUDIT_LOG_VIEWS is not set, so the comparison is partial")
        return
    for view in settings.AUDIT_LOG_VIEWS:
        yield _view(target, view)


def _view(target: Target, view: str) -> CheckResult:
    future = target.clock() + timedelta(days=1)
    newer = f'{FILTER}timestamp>="{future:%Y-%m-%dT%H:%M:%SZ}"'
    try:
        target.cloud.logging.entries(resources=[view], filter_=newer)
    except GoogleCloudError as error:
        kind, project = view.split("/")[:2]
        place = project if kind == "projects" else "PROJECT_ID"
        command = (
            f"gcloud projects add-iam-policy-binding {place} {target.member} --role=roles/logging.viewAccessor"
            f" --condition=\"title=JIT Access,expression=resource.name=='{view}'\""
        )
        remedy = "Create the view (Terraform: audit_log), and let the service account read it."
        return trouble(
            VIEWS, error, target=target, service="logging", remedy=remedy, command=command
        )
    return ok(VIEWS, f"{view} can be read")


def export_bucket(target: Target) -> Iterator[CheckResult]:
    """Check the permissions and the retention of the bucket."""
    bucket = settings.EXPORT_BUCKET
    if not bucket:
        yield ok(BUCKET, "not used: EXPORT_BUCKET is not set")
        return
    grant = (
        f"gcloud storage buckets add-iam-policy-binding gs://{bucket} {target.member}"
        " --role=roles/storage.{role}"
    )
    remedy = "Create the bucket (Terraform: export_bucket), and let the service account create and read objects."
    command = "\n".join(
        grant.format(role=role) for role in ("objectCreator", "objectViewer", "legacyBucketReader")
    )
    try:
        held = target.cloud.storage.permissions(bucket=bucket, wanted=NEEDED)
        if missing := [one for one in NEEDED if one not in held]:
            what = f"The service account lacks {', '.join(missing)} on {bucket}."
            yield problem(BUCKET, what, remedy, command)
            return
        yield _protection(bucket, target.cloud.storage.bucket(bucket=bucket))
    except GoogleCloudError as error:
        yield trouble(
            BUCKET, error, target=target, service="storage", remedy=remedy, command=command
        )


def _protection(bucket: str, state: BucketState) -> CheckResult:
    if not state.retention_seconds:
        return problem(
            BUCKET,
            f"{bucket} has no retention policy, so that its owners can delete exports.",
            "Set a retention policy, and lock it when you are sure of the period.",
            f"gcloud storage buckets update gs://{bucket} --retention-period=400d",
        )
    days = state.retention_seconds // 86400
    locked = "locked" if state.is_locked else "not locked: its owners can shorten it"
    return ok(BUCKET, f"{bucket} keeps objects for {days} days, {locked}")


def comparison(target: Target) -> CheckResult:
    """Tell when the audit log was last read."""
    run = JobRun.objects.filter(name="audit").first()
    if run is None:
        return unknown(
            COMPARISON,
            "It has never been compared with the records.",
            "Let a scheduler run the job every 15 minutes.",
            _command("audit", "reconcile_audit_log"),
        )
    since = target.clock() - run.last_started_at
    if run.failure or since > AUDIT_SILENCE:
        why = f"The last run failed: {run.failure}" if run.failure else "It was not read for hours."
        remedy = "Let a scheduler run the job every 15 minutes, and fix its last error."
        return problem(COMPARISON, why, remedy, _command("audit", "reconcile_audit_log"))
    return ok(COMPARISON, f"last read {max(0, int(since.total_seconds())) // 60} min ago")


def delivery(target: Target) -> CheckResult:
    """Tell which days were not delivered."""
    if not settings.EXPORT_BUCKET:
        return ok(DELIVERY, "not used: EXPORT_BUCKET is not set")
    failed = ExportDelivery.objects.filter(done_at=None).exclude(failure="").first()
    due = list(days_due(now=target.clock()))
    if failed or len(due) >= DAYS_LATE:
        why = f" {failed.failure}" if failed else ""
        return problem(
            DELIVERY,
            f"{len(due)} days are not delivered, the first is {due[0]}.{why}"
            if due
            else f"A day is not delivered.{why}",
            "Let a scheduler run the job every hour; the next run delivers what is missing.",
            _command("export", "deliver_exports"),
        )
    last = ExportDelivery.objects.exclude(done_at=None).order_by("day").last()
    return ok(DELIVERY, f"delivered through {last.day}" if last else "none is due yet")


def _command(job: str, command: str) -> str:
    return RUN[settings.PLATFORM].format(job=job, command=command)

"""What the doctor says about the audit log and the bucket for exports."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from activations.models import ExportDelivery, JobRun
from jitaccess.doctor.check_result import CheckResult, State
from simulator import Simulator
from simulator.object_store import Bucket
from tests.jitaccess.examined import look, ran
from tests.moments import now

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
VIEW = "projects/jit-host/locations/global/buckets/audit/views/iam"


@pytest.fixture
def bucket(simulated: Simulator, settings: Settings) -> Bucket:
    settings.EXPORT_BUCKET = "jit-exports"
    kept = Bucket(retention_seconds=400 * 86400, is_locked=True)
    return simulated.storage.buckets.setdefault("jit-exports", kept)


def states(*found: CheckResult) -> list[State]:
    return [one.state for one in found]


def test_a_view_is_read_or_named_with_the_command(simulated: Simulator, settings: Settings) -> None:
    assert "partial" in look()["Audit log views"].what
    settings.AUDIT_LOG_VIEWS = (VIEW,)
    missing = look()["Audit log views"]
    simulated.audit_log.views = frozenset({VIEW})
    simulated.audit_log.unreadable = frozenset({VIEW})
    refused = look()["Audit log views"]
    simulated.audit_log.unreadable = frozenset()
    assert states(missing, refused, look()["Audit log views"]) == [
        *(State.PROBLEM, State.PROBLEM, State.OK)
    ]
    assert "roles/logging.viewAccessor" in refused.command
    assert f"resource.name=='{VIEW}'" in refused.command


def test_a_bucket_that_protects_its_objects_is_well(bucket: Bucket) -> None:
    found = look()["Export bucket"]
    assert (found.state, found.what) == (
        State.OK,
        "jit-exports keeps objects for 400 days, locked",
    )
    bucket.is_locked = False
    assert "its owners can shorten it" in look()["Export bucket"].what


def test_a_bucket_that_does_not_is_a_problem(bucket: Bucket, settings: Settings) -> None:
    bucket.retention_seconds = 0
    assert "--retention-period" in look()["Export bucket"].command
    bucket.may_create = False
    assert "lacks storage.objects.create" in look()["Export bucket"].what
    settings.EXPORT_BUCKET = "other"
    assert "does not exist" in look()["Export bucket"].what
    assert bucket.objects == {}


def test_the_comparison_must_run_and_succeed(simulated: Simulator) -> None:
    assert look()["Audit log"].state is State.UNKNOWN
    ran("audit")
    assert look()["Audit log"].state is State.OK
    JobRun.objects.filter(name="audit").update(failure="Denied: no")
    assert "Denied: no" in look()["Audit log"].what
    JobRun.objects.filter(name="audit").update(
        failure="", last_started_at=now() - timedelta(hours=3)
    )
    assert look()["Audit log"].state is State.PROBLEM


def test_days_that_are_not_delivered_are_named(bucket: Bucket) -> None:
    assert look()["Daily exports"].what == "none is due yet"
    day = now().date() - timedelta(days=3)
    common = {"bucket": "jit-exports", "begun_at": now(), "is_late": False}
    ExportDelivery.objects.create(day=day, done_at=now(), **common)
    assert f"the first is {day + timedelta(days=1)}" in look()["Daily exports"].what
    for number in (1, 2):
        ExportDelivery.objects.create(day=day + timedelta(days=number), done_at=now(), **common)
    assert look()["Daily exports"].what.startswith("delivered through")
    ExportDelivery.objects.filter(day=day).update(done_at=None, failure="Denied: no")
    assert "Denied: no" in look()["Daily exports"].what

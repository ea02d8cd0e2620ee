"""Each day becomes one folder in the bucket, over HTTP on a simulated cloud."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from activations.deliveries.content import StoredLines
from activations.deliveries.one_day import OtherContent
from activations.deliveries.run import JOB, Counts, deliver_exports
from activations.iam import writes
from activations.models import DeliveredFile, Event, ExportDelivery, JobRun, ProjectLease
from eligibility import providers
from googlecloud.calls import Deadline
from googlecloud.errors import Denied, Unavailable
from simulator import Simulator
from simulator.object_store import Bucket
from tests.activations.evidence.recorded_history import differences, record_history
from tests.conftest import FakeClock, PersonClient
from tests.jitaccess.log_lines import LogLines, labels
from tests.moments import now

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
BUCKET = "jit-exports"
TABLES = (
    *("access", "access_review_items", "access_reviews", "after_reviews", "eligibility", "events"),
    *("grants", "policy_versions", "pseudonymizations", "requests"),
)


@pytest.fixture
def bucket(simulated: Simulator, settings: Settings) -> Bucket:
    """Configure a bucket."""
    settings.EXPORT_BUCKET = BUCKET
    return simulated.storage.buckets.setdefault(BUCKET, Bucket())


def deliver(*, days: int = 1, hour: int = 12, seconds: float = 60, into: str = BUCKET) -> Counts:
    """Deliver as a run does that begins some days later."""
    moment = at(days, hour)
    counts = deliver_exports(
        storage=providers.cloud().storage,
        bucket=into,
        clock=lambda: moment,
        deadline=Deadline(seconds),
    )
    assert counts is not None
    return counts


def at(days: int, hour: int = 12) -> datetime:
    """Return this hour of a day some days later."""
    return (
        (now() + timedelta(days=days))
        .astimezone(UTC)
        .replace(hour=hour, minute=0, second=0, microsecond=0)
    )


def today() -> date:
    return now().astimezone(UTC).date()


def manifest(bucket: Bucket, day: date) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bucket.objects[f"{day}/manifest.json"])
    return found


def check_folder(bucket: Bucket, day: date) -> None:
    """Check that the manifest names exactly the files of the folder, with their hashes and rows."""
    listed = {one["name"]: one for one in manifest(bucket, day)["files"]}
    names = {name.partition("/")[2] for name in bucket.objects if name.startswith(f"{day}/")}
    assert names == {*listed, "manifest.json"}
    for name, one in listed.items():
        content = bucket.objects[f"{day}/{name}"]
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
        assert one["bytes"] == len(content)
        if name.endswith(".jsonl"):
            assert one["rows"] == len(content.splitlines())
        else:
            assert one["rows"] == len(list(csv.reader(io.StringIO(content.decode())))) - 1


def test_a_day_is_one_folder_with_all_exports_and_a_manifest(
    person: Callable[[str], PersonClient], simulated: Simulator, bucket: Bucket, log: LogLines
) -> None:
    record_history(person, simulated)
    assert deliver() == Counts(delivered=1)
    day = today()
    check_folder(bucket, day)
    names = {one["name"] for one in manifest(bucket, day)["files"]}
    assert names == {f"{table}.{form}" for table in TABLES for form in ("csv", "jsonl")}
    rows = {one["name"]: one["rows"] for one in manifest(bucket, day)["files"]}
    assert rows["requests.jsonl"] == rows["requests.csv"] == 7
    delivered = Event.objects.get(kind="export.delivered")
    digest = hashlib.sha256(bucket.objects[f"{day}/manifest.json"]).hexdigest()
    assert delivered.details["manifest_sha256"] == digest
    assert Event.objects.filter(kind="export.delivery_begun").count() == 1
    [line] = log.of("export.delivered")
    assert labels(line)["manifest_sha256"] == digest
    assert differences() == []


def test_a_delivered_day_is_not_delivered_again(alice: PersonClient, bucket: Bucket) -> None:
    deliver()
    before = dict(bucket.objects)
    assert deliver() == Counts()
    assert bucket.objects == before
    assert Event.objects.filter(kind__startswith="export.deliver").count() == 2


def test_days_without_a_run_are_delivered_by_the_next_one_and_called_late(
    alice: PersonClient, bucket: Bucket, log: LogLines
) -> None:
    deliver()
    assert deliver(days=4) == Counts(delivered=3, late=2)
    days = [today() + timedelta(days=number) for number in range(4)]
    assert [manifest(bucket, day)["late"] for day in days] == [False, True, True, False]
    assert [labels(one)["late"] for one in log.of("export.delivered")] == [
        *("false", "true", "true", "false")
    ]


def test_an_object_of_somebody_else_is_kept_and_told_and_other_days_are_delivered(
    alice: PersonClient, bucket: Bucket
) -> None:
    name = f"{today()}/grants.csv"
    bucket.objects[name], bucket.about[name] = b"forged", {}
    with pytest.raises(OtherContent, match=f"another {name}"):
        deliver()
    deliver_day = ExportDelivery.objects.get()
    assert "Find out who stored it" in deliver_day.failure
    with pytest.raises(OtherContent):
        deliver(days=2)
    assert bucket.objects[name] == b"forged"
    assert ExportDelivery.objects.get(day=today() + timedelta(days=1)).done_at
    del bucket.objects[name]
    assert deliver(days=2) == Counts(delivered=1, late=1)
    assert ExportDelivery.objects.get(day=today()).failure == ""


def test_a_manifest_with_other_content_is_told(alice: PersonClient, bucket: Bucket) -> None:
    name = f"{today()}/manifest.json"
    bucket.objects[name], bucket.about[name] = b"{}", {}
    with pytest.raises(OtherContent, match=r"manifest\.json"):
        deliver()


class Killed(BaseException):
    """Ends a run as the end of its process does."""


def test_runs_that_are_killed_anywhere_lose_nothing_and_store_nothing_twice(
    person: Callable[[str], PersonClient], simulated: Simulator, bucket: Bucket
) -> None:
    record_history(person, simulated)
    kills = 0
    for number in range(3, 1000, 9):
        left = iter(range(number, -1, -1))

        def execute(run: Callable[..., Any], *query: Any, left: Any = left) -> Any:
            if next(left, -1) == 0:
                raise Killed
            return run(*query)

        try:
            with connection.execute_wrapper(execute):
                deliver()
            break
        except Killed:
            kills += 1
            ProjectLease.objects.filter(project_id=JOB).update(holder="", expires_at=None)
    assert kills > 5
    check_folder(bucket, today())
    assert Event.objects.filter(kind="export.delivered").count() == 1
    assert Event.objects.filter(kind="export.delivery_begun").count() == 1
    assert differences() == []


def test_an_object_whose_confirmation_was_lost_is_recognized(
    person: Callable[[str], PersonClient],
    simulated: Simulator,
    bucket: Bucket,
    no_retry_delay: FakeClock,
) -> None:
    record_history(person, simulated)
    simulated.faults.add("storage.objects.insert", close="after", after=1, times=9)
    with pytest.raises(Unavailable):
        deliver()
    simulated.faults.clear()
    assert len(bucket.objects) == 1
    assert deliver() == Counts(delivered=1)
    check_folder(bucket, today())


def test_the_time_limit_leaves_the_rest_to_the_next_run(
    alice: PersonClient, bucket: Bucket
) -> None:
    assert deliver(seconds=0) == Counts(left=1)
    assert not bucket.objects
    assert deliver() == Counts(delivered=1)


def test_a_refused_bucket_is_named(alice: PersonClient, bucket: Bucket) -> None:
    bucket.may_create = False
    with pytest.raises(Denied, match="'jit-exports' does not exist or may not be written to"):
        deliver()
    assert "may not be written" in ExportDelivery.objects.get().failure


def test_the_command_and_the_job(simulated: Simulator, bucket: Bucket, settings: Settings) -> None:
    out = io.StringIO()
    call_command("deliver_exports", stdout=out)
    settings.CRON_SERVICE_ACCOUNT, settings.CRON_AUDIENCE = "cron@example.com", "https://jit"
    token = simulated.oidc.sign("cron@example.com", "https://jit")
    answer = Client().get("/cron/export", headers={"Authorization": f"Bearer {token}"})
    assert answer.json() == {"delivered": 0, "late": 0, "refused": 0, "left": 0}
    with writes.try_turn(JOB, clock=now):
        call_command("deliver_exports", stdout=out)
    assert out.getvalue() == "1 delivered\nanother run is in progress\n"
    assert JobRun.objects.get(name="export").failure == ""
    bucket.may_create = False
    ExportDelivery.objects.update(done_at=None)
    DeliveredFile.objects.update(stored_at=None)
    with pytest.raises(CommandError, match="Not everything was delivered"):
        call_command("deliver_exports", stdout=out)


def test_without_a_bucket_nothing_is_delivered(simulated: Simulator) -> None:
    out = io.StringIO()
    call_command("deliver_exports", stdout=out)
    assert out.getvalue() == "nothing to deliver\n"
    assert not ExportDelivery.objects.exists()


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_rows_of_stored_csv_are_counted_whatever_the_blocks(size: int) -> None:
    text = b'a,b\r\n"x\n""y""\n",1\r\n"",2\r\n'
    counted = StoredLines("csv")
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    assert b"".join(counted.passing(blocks)) == text
    assert counted.rows == 2

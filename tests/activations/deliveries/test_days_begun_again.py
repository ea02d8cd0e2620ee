"""A day that failed is begun again while none of its files is stored, and says truly whether it is late."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from activations.deliveries.one_day import OtherContent
from activations.deliveries.run import Counts
from activations.domain.chain import timestamp
from activations.models import Event, ExportDelivery
from googlecloud.errors import Denied, GoogleCloudError, NotFound, Unavailable
from simulator import Simulator
from simulator.object_store import Bucket
from tests.activations.deliveries.test_deliver_exports import (
    BUCKET,
    at,
    bucket,
    check_folder,
    deliver,
    manifest,
    today,
)
from tests.activations.evidence.recorded_history import differences
from tests.conftest import FakeClock, PersonClient
from tests.jitaccess.log_lines import LogLines, labels

__all__ = ["bucket"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
MISTYPED = "jit-export"
OTHER = "jit-other"


@pytest.fixture
def other(simulated: Simulator) -> Bucket:
    """Return a second bucket."""
    return simulated.storage.buckets.setdefault(OTHER, Bucket())


def begun() -> list[tuple[str, str, bool]]:
    """Return what the events say about the begin of each day: day, bucket, whether late."""
    events = Event.objects.filter(kind="export.delivery_begun").order_by("sequence")
    return list(events.values_list("details__day", "details__bucket", "details__late"))


def store_some_files(bucket: Bucket) -> None:
    """Deliver the day of today until an object of somebody else is in the way; then remove that object."""
    name = f"{today()}/grants.csv"
    bucket.objects[name], bucket.about[name] = b"foreign", {}
    with pytest.raises(OtherContent):
        deliver()
    del bucket.objects[name]
    assert bucket.objects


def test_all_days_are_delivered_when_the_name_of_the_bucket_is_corrected(
    alice: PersonClient, bucket: Bucket, log: LogLines
) -> None:
    for days in (1, 3):
        with pytest.raises(NotFound, match=f"'{MISTYPED}' does not exist"):
            deliver(days=days, into=MISTYPED)
    assert ExportDelivery.objects.exclude(failure="").count() == 3
    assert deliver(days=3) == Counts(delivered=3, late=2)
    days_ = [today() + timedelta(days=number) for number in range(3)]
    for day in days_:
        check_folder(bucket, day)
        assert manifest(bucket, day)["data_as_of"] == timestamp(at(3))
    assert [manifest(bucket, day)["late"] for day in days_] == [True, True, False]
    assert begun()[-3:] == [
        *((str(day), BUCKET, late) for day, late in zip(days_, (True, True, False), strict=True))
    ]
    assert {labels(one)["bucket"] for one in log.of("export.delivered")} == {BUCKET}
    assert differences() == []


def test_a_day_without_a_stored_file_is_of_the_time_of_the_try_that_stores_it(
    alice: PersonClient, bucket: Bucket
) -> None:
    bucket.may_create = False
    for hour in (12, 13):
        with pytest.raises(Denied):
            deliver(hour=hour)
    assert begun() == [(str(today()), BUCKET, False)]
    bucket.may_create = True
    deliver(hour=14)
    assert manifest(bucket, today())["data_as_of"] == timestamp(at(1, 14))
    assert begun() == [(str(today()), BUCKET, False)]


def test_a_day_that_becomes_late_before_its_first_file_is_recorded_as_begun_late(
    alice: PersonClient, bucket: Bucket
) -> None:
    bucket.may_create = False
    with pytest.raises(Denied):
        deliver()
    bucket.may_create = True
    assert deliver(days=2) == Counts(delivered=2, late=1)
    assert begun()[:2] == [(str(today()), BUCKET, late) for late in (False, True)]
    assert manifest(bucket, today())["late"] is True


def test_a_day_with_stored_files_keeps_its_bucket_and_is_late_when_it_is_finished_late(
    alice: PersonClient, bucket: Bucket, other: Bucket, log: LogLines
) -> None:
    store_some_files(bucket)
    assert deliver(days=2, into=OTHER) == Counts(delivered=2, late=1)
    check_folder(bucket, today())
    check_folder(other, today() + timedelta(days=1))
    found = manifest(bucket, today())
    assert (found["late"], found["data_as_of"]) == (True, timestamp(at(1)))
    delivered = Event.objects.filter(kind="export.delivered").order_by("sequence")[0]
    assert (delivered.details["bucket"], delivered.details["late"]) == (BUCKET, True)
    assert labels(log.of("export.delivered")[0])["late"] == "true"
    assert ExportDelivery.objects.get(day=today()).is_late


def test_a_day_that_is_refused_does_not_keep_other_days_from_being_delivered(
    alice: PersonClient, bucket: Bucket, other: Bucket
) -> None:
    store_some_files(bucket)
    bucket.may_create = False
    with pytest.raises(Denied):
        deliver(days=3, into=OTHER)
    done = ExportDelivery.objects.exclude(done_at=None).order_by("day")
    assert list(done.values_list("day", flat=True)) == [
        today() + timedelta(days=number) for number in (1, 2)
    ]


def test_a_file_whose_confirmation_was_lost_keeps_the_day_as_it_was_begun(
    alice: PersonClient, bucket: Bucket, simulated: Simulator, no_retry_delay: FakeClock
) -> None:
    simulated.faults.add("storage.objects.insert", close="after", after=1, times=9)
    with pytest.raises(Unavailable):
        deliver()
    simulated.faults.clear()
    [stored] = bucket.objects
    content = bucket.objects[stored]
    assert deliver(days=2) == Counts(delivered=2, late=1)
    assert bucket.objects[stored] == content
    check_folder(bucket, today())
    found = manifest(bucket, today())
    assert (found["late"], found["data_as_of"]) == (True, timestamp(at(1)))


def test_a_manifest_that_was_stored_in_time_is_kept_by_a_later_try(
    alice: PersonClient, bucket: Bucket, simulated: Simulator, no_retry_delay: FakeClock
) -> None:
    # The manifest follows twenty files of two calls each.
    simulated.faults.add("storage.objects.insert", close="after", after=41, times=9)
    with pytest.raises(GoogleCloudError):
        deliver()
    simulated.faults.clear()
    content = bucket.objects[f"{today()}/manifest.json"]
    assert deliver(days=2) == Counts(delivered=2)
    assert bucket.objects[f"{today()}/manifest.json"] == content
    delivered = Event.objects.filter(kind="export.delivered").order_by("sequence")[0]
    assert delivered.details["late"] is False
    assert delivered.details["manifest_sha256"] == hashlib.sha256(content).hexdigest()

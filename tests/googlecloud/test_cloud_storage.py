"""Objects are stored once, in parts, through interruptions."""

import base64
import hashlib
from collections.abc import Iterator

import pytest

from googlecloud.cloud import Cloud
from googlecloud.cloud_storage import ObjectExists
from googlecloud.errors import Denied, Invalid, NotFound, Unavailable
from googlecloud.resumable_upload import PART
from simulator import Simulator
from simulator.object_store import Bucket

BUCKET, NAME = "jit-exports", "2030-01-31/grants.csv"


@pytest.fixture
def bucket(sim: Simulator) -> Bucket:
    return sim.storage.buckets.setdefault(BUCKET, Bucket())


def create(cloud: Cloud, *content: bytes, bucket: str = BUCKET, name: str = NAME) -> int:
    stored = cloud.storage.create(
        bucket=bucket,
        name=name,
        content=iter(content),
        content_type="text/csv",
        metadata={"upload": "1"},
    )
    assert stored.name == name
    return stored.size


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 5])
def test_an_object_of_any_size_arrives_unchanged(cloud: Cloud, bucket: Bucket, size: int) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    sent = content[:size]
    assert create(cloud, sent[:7], sent[7:]) == size
    assert bucket.objects[NAME] == sent
    assert b"".join(cloud.storage.read(bucket=BUCKET, name=NAME)) == sent


def test_no_part_is_larger_than_one_buffer(cloud: Cloud, sim: Simulator, bucket: Bucket) -> None:
    def blocks() -> Iterator[bytes]:
        for _ in range(100):
            yield bytes(300_000)

    assert create(cloud, *blocks()) == 30_000_000
    assert sim.storage.largest_part == PART


def test_an_existing_object_is_never_overwritten(cloud: Cloud, bucket: Bucket) -> None:
    create(cloud, b"first")
    with pytest.raises(ObjectExists):
        create(cloud, b"second")
    assert bucket.objects[NAME] == b"first"
    found = cloud.storage.find(bucket=BUCKET, name=NAME)
    assert found
    digest = base64.b64encode(hashlib.md5(b"first", usedforsecurity=False).digest()).decode()
    assert (found.size, found.md5, found.metadata) == (5, digest, {"upload": "1"})
    assert cloud.storage.find(bucket=BUCKET, name="other") is None


def test_a_part_that_was_stored_in_part_is_continued(
    cloud: Cloud, sim: Simulator, bucket: Bucket
) -> None:
    sim.storage.most_stored = 256 * 1024
    content = b"ab" * PART
    create(cloud, content)
    assert bucket.objects[NAME] == content


def test_interruptions_are_repeated(cloud: Cloud, sim: Simulator, bucket: Bucket) -> None:
    sim.faults.add("storage.objects.insert", status=503, after=2, times=2)
    content = b"abc" * PART
    create(cloud, content)
    assert bucket.objects[NAME] == content


def test_an_outage_leaves_no_object(cloud: Cloud, sim: Simulator, bucket: Bucket) -> None:
    sim.faults.add("storage.objects.insert", status=503, after=1, times=None)
    with pytest.raises(Unavailable):
        create(cloud, b"abc")
    assert not bucket.objects


def test_refusals_name_the_bucket(cloud: Cloud, bucket: Bucket) -> None:
    bucket.may_create = False
    with pytest.raises(Denied, match="'jit-exports' does not exist or may not be written to"):
        create(cloud, b"")
    with pytest.raises(NotFound, match="'other'"):
        create(cloud, b"", bucket="other")
    with pytest.raises(Invalid, match="is not a bucket"):
        create(cloud, b"", bucket="a/b?c")


def test_what_protects_a_bucket(cloud: Cloud, bucket: Bucket) -> None:
    assert cloud.storage.bucket(bucket=BUCKET).retention_seconds == 0
    bucket.retention_seconds, bucket.is_locked = 86400, True
    state = cloud.storage.bucket(bucket=BUCKET)
    assert (state.retention_seconds, state.is_locked) == (86400, True)
    bucket.may_read = False
    wanted = ("storage.objects.create", "storage.objects.get")
    assert cloud.storage.permissions(bucket=BUCKET, wanted=wanted) == {wanted[0]}
    with pytest.raises(Denied, match="may not be read"):
        cloud.storage.find(bucket=BUCKET, name="x")

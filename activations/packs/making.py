"""Makes an evidence pack: reads one state of the database, writes the files, signs the manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from activations.domain.chain import timestamp
from activations.evidence.verification import Head, recorded_head
from activations.exports.snapshot import snapshot
from activations.models import Event, VerificationRun
from activations.packs.files import PackFile, Progress, Written
from activations.packs.readme import readme
from activations.packs.signing import Sign, Unsigned, key_file, signature_of
from activations.packs.tables import tables_of
from activations.packs.verify_script import verify_script
from activations.packs.wanted import Wanted
from eligibility.index.served import last_read_at
from googlecloud.iam_credentials import Signature

FORMAT = "evidence-pack-1"
README = "README.txt"


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants which pack; `most_bytes` limits the size of the file."""

    pack_id: UUID
    wanted: Wanted
    made_by: str
    most_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What a pack contains, for its event, log entry and page; without a signature, `unsigned_because` says why."""

    manifest_sha256: str
    rows: Mapping[str, int]
    chain: Mapping[str, Any]
    fingerprint: str
    unsigned_because: str


def make_pack(
    order: Order,
    *,
    target: IO[bytes],
    sign: Sign | None,
    clock: Callable[[], datetime],
    progress: Progress = lambda _: None,
) -> Made:
    """Write a pack to `target`; memory does not grow with it.

    :raises PackTooLarge: when it has more than `most_bytes`.
    :raises googlecloud.errors.GoogleCloudError: when Google does not answer; a refusal makes an unsigned pack.
    """
    at = clock()
    with PackFile(target, at=at, progress=progress, most_bytes=order.most_bytes) as file:
        with one_state():
            head = recorded_head()
            as_of = clock()  # after the first query, so that every row is from before
            ends = _add_tables(file, order.wanted, as_of)
            draft = _manifest(order, chain=ends | {"head": _mark(head)}, as_of=as_of)
        return _sign(file, draft, at=as_of, sign=sign)


@contextmanager
def one_state() -> Iterator[None]:
    """Let every query inside see the same state of the database, without keeping others from writing."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with snapshot():
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _add_tables(file: PackFile, wanted: Wanted, as_of: datetime) -> dict[str, Any]:
    """Add all tables; return the ends of the part of the chain in them."""
    found = tables_of(wanted, as_of=as_of)
    for table in found.tables:
        file.add_table(table.layout, table.rows, as_of=as_of)
    return {"first": _mark(found.events.first()), "last": _mark(found.events.last())}


def _mark(place: Event | Head | None) -> dict[str, Any] | None:
    return {"sequence": place.sequence, "hash": place.hash} if place else None


def _manifest(order: Order, *, chain: dict[str, Any], as_of: datetime) -> dict[str, Any]:
    wanted = order.wanted
    run, index_at = VerificationRun.objects.order_by("-pk").first(), last_read_at()
    return {
        "format": FORMAT,
        "pack_id": str(order.pack_id),
        "product_version": settings.APPLICATION_VERSION,
        "made_by": order.made_by,
        "made_at": timestamp(as_of),
        "data_as_of": timestamp(as_of),
        "period": {
            "first_day": str(wanted.days.first),
            "last_day": str(wanted.days.last),
            "start": timestamp(wanted.start),
            "end": timestamp(wanted.end),
        },
        "project_id": wanted.project_id,
        "access_review": access_review_of(wanted),
        "chain": chain,
        "last_verification": _verification(run),
        "eligibility_at": timestamp(index_at) if index_at else "",
    }


def access_review_of(wanted: Wanted) -> dict[str, Any] | None:
    """Return the access review that the pack is about; None when it is about a period."""
    if wanted.campaign is None:
        return None
    return {"campaign_id": wanted.campaign, "name": wanted.campaign_name}


def _verification(run: VerificationRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "at": timestamp(run.started_at),
        "head": str(run),
        "problem": run.problem,
        "differences": run.differences,
    }


def _sign(file: PackFile, draft: dict[str, Any], *, at: datetime, sign: Sign | None) -> Made:
    """Add the program, the manifest with its signature, and the first page, which says whether there is one."""
    file.add("verify.py", verify_script().encode())
    first_page, manifest = _with_signature(file, draft, {"signed": True, "reason": ""})
    digest = hashlib.sha256(manifest).hexdigest()
    pack_id = str(draft["pack_id"])
    file.note("Signing")
    found = signature_of(pack_id=pack_id, manifest_sha256=digest, at=at, sign=sign)
    if isinstance(found, Unsigned):
        said = {"signed": False, "reason": found.reason}
        first_page, manifest = _with_signature(file, draft, said)
    rows = {one.name: one.rows for one in file.written if one.rows is not None}
    file.add(README, first_page)
    file.add("manifest.json", manifest)
    if isinstance(found, Signature):
        file.add("manifest.jwt", f"{found.token}\n".encode())
        file.add("key.json", key_file(found))
    return Made(
        manifest_sha256=hashlib.sha256(manifest).hexdigest(),
        rows=rows,
        chain=draft["chain"],
        fingerprint=found.fingerprint if isinstance(found, Signature) else "",
        unsigned_because=found.reason if isinstance(found, Unsigned) else "",
    )


def _with_signature(
    file: PackFile, draft: dict[str, Any], said: dict[str, Any]
) -> tuple[bytes, bytes]:
    """Return the first page and the manifest, with what they say about the signature."""
    manifest = draft | {"signature": said}
    first_page = readme(manifest)
    page = Written(README, hashlib.sha256(first_page).hexdigest(), len(first_page), None)
    manifest["files"] = [one.as_dict() for one in (*file.written, page)]
    return first_page, json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n"

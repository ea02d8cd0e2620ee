"""Judges what was read: whether each entry has a record, and each write of ours an entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from activations.domain.audit_entries import Change, ChangeKind, FindingKind
from activations.google_audit.counts import Counts
from activations.google_audit.explaining import NEAR, is_recorded
from activations.google_audit.findings import Found, close_finding, record_finding
from activations.google_audit.sources import Coverage
from activations.models import (
    AuditChange,
    AuditedGrant,
    AuditEntry,
    AuditFinding,
    Grant,
)
from googlecloud.calls import Deadline

AT_ONCE = 200
MOST_NAMED = 5
# A write is recorded within minutes, or by the reconciler after a crash.
SETTLED = timedelta(minutes=15)


def judge_entries(*, now: datetime, deadline: Deadline, counts: Counts) -> None:
    """Judge the entries that have settled, each once; record what has no explanation."""
    while not deadline.expired:
        due = AuditEntry.objects.filter(judged_at=None, at__lt=now - SETTLED).order_by("at", "pk")
        entries = list(due.prefetch_related("changes")[:AT_ONCE])
        if not entries:
            return
        for entry in entries:
            counts.findings += sum(record_finding(one, now=now) for one in findings_of(entry))
        pks = [entry.pk for entry in entries]
        AuditEntry.objects.filter(pk__in=pks).update(judged_at=now)
    counts.left += 1


def findings_of(entry: AuditEntry) -> Iterator[Found]:
    """Yield what is wrong with one entry."""
    changes = list(entry.changes.all())
    activations = [one for one in changes if one.kind == ChangeKind.ACTIVATION]
    if not entry.is_ours:
        if touched := [one for one in activations if _matters(one, entry)]:
            words = f"{entry.principal or 'Somebody'} {_what(touched)} on {entry.resource}."
            yield Found(FindingKind.TOUCHED, words, entry=entry)
        return
    written = [one for one in activations if one.is_added or _matters(one, entry)]
    if written and not is_recorded(entry, written):
        words = (
            f"Our service account {_what(written)} on {entry.resource}, and no record says why."
            " Find out who used the account."
        )
        yield Found(FindingKind.UNRECORDED, words, entry=entry)
    others = [one for one in changes if one not in activations and not _is_by_iam(one)]
    if others:
        words = (
            f"Our service account {_what(others)} on {entry.resource}, which JIT Access never does."
            " Find out who used the account."
        )
        yield Found(FindingKind.UNEXPECTED, words, entry=entry)


def _matters(one: AuditChange, entry: AuditEntry) -> bool:
    """Return whether the change gave or took access; who removes an expired binding only tidies up."""
    end = Change(one.is_added, one.role, one.member, title=one.title, expression=one.expression).end
    return one.is_added or end is None or end > entry.at


def _is_by_iam(one: AuditChange) -> bool:
    """Return whether IAM itself changed the member, because its account was deleted."""
    return one.member.startswith("deleted:")


def _what(changes: Sequence[AuditChange]) -> str:
    named = "; ".join(
        f"{'added' if one.is_added else 'removed'} {one.role} for {one.member}"
        for one in changes[:MOST_NAMED]
    )
    more = len(changes) - MOST_NAMED
    return f"{named}; and {more} more changes" if more > 0 else named


def judge_grants(*, coverage: Coverage, now: datetime, deadline: Deadline, counts: Counts) -> None:
    """Look for the entry of each write; one that should have arrived by now is a finding."""
    if coverage.first_from is None:
        return
    last: tuple[datetime, object] | None = None
    while not deadline.expired:
        found = list(_after(_written(coverage.first_from), last)[:AT_ONCE])
        if not found:
            return
        _judge(found, coverage=coverage, now=now, counts=counts)
        last = (_time(found[-1]), found[-1].pk)
    counts.left += 1


def _written(since: datetime) -> QuerySet[Grant]:
    """Return the grants whose write changed a policy and has no entry yet."""
    changed = Grant.objects.filter(written_at__gte=since, start_time__gte=since - timedelta(days=8))
    return (
        changed.exclude(Q(etag_after="") | Q(etag_after=F("etag_before")))
        .filter(audited__entry=None)
        .select_related("audited")
        .order_by("written_at", "pk")
    )


def _after(grants: QuerySet[Grant], last: tuple[datetime, object] | None) -> QuerySet[Grant]:
    if last is None:
        return grants
    return grants.filter(Q(written_at__gt=last[0]) | Q(written_at=last[0], pk__gt=last[1]))


def _time(grant: Grant) -> datetime:
    assert grant.written_at is not None  # noqa: S101  # as the query demands
    return grant.written_at


def _judge(grants: Sequence[Grant], *, coverage: Coverage, now: datetime, counts: Counts) -> None:
    ours = AuditEntry.objects.filter(
        is_ours=True,
        project_id__in={grant.project_id for grant in grants},
        etag__in={grant.etag_after for grant in grants},
    )
    by_etag = {(entry.project_id, entry.etag): entry for entry in ours}
    for grant in grants:
        entry = by_etag.get((grant.project_id, grant.etag_after)) or _entry_with_binding(grant)
        if entry:
            _confirm(grant, entry, now=now, counts=counts)
        elif not hasattr(grant, "audited") and coverage.has_settled(grant.project_id, _time(grant)):
            _miss(grant, now=now, counts=counts)


def _entry_with_binding(grant: Grant) -> AuditEntry | None:
    """Return the entry that added the binding; needed where the write's answer, and so its etag, was lost."""
    at = _time(grant)
    change = (
        AuditChange.objects.filter(
            entry__is_ours=True,
            entry__project_id=grant.project_id,
            entry__at__gt=at - NEAR,
            entry__at__lt=at + NEAR,
            is_added=True,
            role=grant.role,
            expression=grant.binding_expression,
        )
        .filter(
            Q(member__iexact=f"user:{grant.beneficiary_email}")
            | Q(member__iexact=f"user:{grant.renamed_to}")
        )
        .select_related("entry")
        .first()
    )
    return change.entry if change else None


def _confirm(grant: Grant, entry: AuditEntry, *, now: datetime, counts: Counts) -> None:
    finding = AuditFinding.objects.filter(
        key=Found(FindingKind.MISSING, "", grant=grant).key, closed_at=None
    ).first()
    if finding:
        close_finding(finding.pk, actor=None, comment="The log entry arrived late.", now=now)
        counts.closed += 1
    AuditedGrant.objects.update_or_create(grant=grant, defaults={"entry": entry, "at": now})
    counts.confirmed += 1


def _miss(grant: Grant, *, now: datetime, counts: Counts) -> None:
    words = (
        f"JIT Access wrote {grant.role} for {grant.beneficiary_email} on {grant.project_id} at"
        f" {_time(grant):%Y-%m-%d %H:%M:%S} UTC, and the audit log has no entry of it."
    )
    counts.findings += record_finding(Found(FindingKind.MISSING, words, grant=grant), now=now)
    AuditedGrant.objects.update_or_create(grant=grant, defaults={"entry": None, "at": now})

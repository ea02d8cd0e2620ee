"""What prevents that a person's names are replaced by pseudonyms, and what would remain of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from activations.domain.states import AfterReviewState, DeliveryState, GrantState, RequestState
from activations.evidence.pseudonymizing import Plan
from activations.models import (
    Absence,
    AfterReview,
    AuditSource,
    BulkDecision,
    EvidencePack,
    Grant,
    OutboxMessage,
    PackState,
    Request,
    Stop,
)
from activations.models.bulk_decision import VALID_FOR
from activations.people.names import Names
from eligibility.models import IndexedMember
from policies.models import PolicyProposal, PolicyVersion, ProposalState

# Until then the reconciler removes expired bindings by the address.
CLEANED_WITHIN = timedelta(days=7)
# Until then entries of Google's audit log about the person are compared with the records.
COMPARED_WITHIN = timedelta(days=1)
UNFINISHED = (GrantState.SCHEDULED, GrantState.PROVISIONING, GrantState.ACTIVE)


def obstacles_of(names: Names, *, now: datetime) -> list[str]:
    """Return why the names cannot be replaced now, each with what to do; empty when they can."""
    return [
        *_of_grants(names, now),
        *_of_requests(names),
        *_of_people(names, now),
        *_of_work(names, now),
        *_of_policies(names),
    ]


def _of_grants(names: Names, now: datetime) -> Iterator[str]:
    grants = Grant.objects.filter(_beneficiary(names, "request__"))
    if count := grants.filter(state__in=UNFINISHED).count():
        yield f"{count} grants are active or scheduled. End them, and run `manage.py reconcile` after their end."
    there = grants.filter(
        state=GrantState.ENDED, removed_at=None, end_time__gt=now - CLEANED_WITHIN
    )
    if projects := sorted(set(there.values_list("project_id", flat=True))):
        yield (
            f"The binding of access that has ended may still be in IAM on {', '.join(projects[:3])}."
            " `manage.py reconcile` removes it."
        )
    fresh = grants.filter(
        Q(ended_at__gt=now - COMPARED_WITHIN) | Q(removed_at__gt=now - COMPARED_WITHIN)
    )
    if AuditSource.objects.exists() and fresh.exists():
        yield "Access ended less than a day ago, and Google's audit log about it may not have been compared yet. Wait a day."


def _of_requests(names: Names) -> Iterator[str]:
    pending = Request.objects.filter(state=RequestState.PENDING)
    if count := pending.filter(_beneficiary(names)).count():
        yield f"{count} requests are pending. Withdraw them, or wait until they expire."
    asked = Q(reviewers__email__in=names.addresses)
    if names.person:
        asked |= Q(reviewers__user=names.person)
    if count := pending.filter(asked).distinct().count():
        yield f"They are asked to review {count} pending requests. Wait until these are decided."
    opened = AfterReview.objects.filter(state=AfterReviewState.OPEN)
    mine = _beneficiary(names, "request__")
    asked_after = _naming(opened, "asked", names)
    if count := opened.filter(Q(pk__in=asked_after.values("pk")) | mine).count():
        yield f"{count} after-reviews about them, or that they are asked for, are open. Complete them."


def _of_people(names: Names, now: datetime) -> Iterator[str]:
    of_person = Q(email__in=names.addresses)
    of_deputy = Q(deputy_email__in=names.addresses)
    if names.person:
        of_person |= Q(user=names.person)
        of_deputy |= Q(deputy=names.person)
    if Stop.objects.filter(of_person, lifted_at=None).exists():
        yield "The person is stopped, and the stop would end. Lift it if they cannot sign in any more."
    lasting = Absence.objects.filter(ended_at=None, ends_at__gt=now)
    if lasting.filter(of_person | of_deputy).exists():
        yield "The person is absent with a deputy, or is a deputy. End the absence."


def _of_work(names: Names, now: datetime) -> Iterator[str]:
    waiting = OutboxMessage.objects.filter(state=DeliveryState.WAITING)
    to_them, about_them = (_naming(waiting, name, names) for name in ("recipients", "payload"))
    if count := waiting.filter(Q(pk__in=to_them) | Q(pk__in=about_them)).count():
        yield f"{count} messages to or about them wait. `manage.py deliver` sends them."
    packs = EvidencePack.objects.filter(state__in=[PackState.ORDERED, PackState.MAKING])
    if packs.exists():
        yield "An evidence pack is being made. Wait until it is ready."
    deciding = BulkDecision.objects.filter(email__in=names.addresses, made_at__gt=now - VALID_FOR)
    if deciding.exists():
        yield "A decision about several requests is being carried out. Wait ten minutes."


def _of_policies(names: Names) -> Iterator[str]:
    used = PolicyProposal.objects.filter(state__in=[ProposalState.ACTIVE, ProposalState.PROPOSED])
    if _naming(used, "version__text", names).exists():
        yield "The access policy that is active or proposed names them. Activate one that does not."


def remains_of(names: Names, plan: Plan) -> list[str]:
    """Return what would still name the person afterwards, as far as the database and the settings tell."""
    return [*_in_tables(names, plan), *_elsewhere(names)]


def _in_tables(names: Names, plan: Plan) -> Iterator[str]:
    typed = Request.objects.filter(_beneficiary(names)).count()
    yield (
        f"Texts that people typed, such as the justifications of {typed} requests: addresses in them are replaced,"
        " other names are not found."
    )
    versions = _naming(PolicyVersion.objects.order_by("pk"), "text", names)
    for digest in versions.values_list("sha256", flat=True):
        yield f"The text of access policy {digest[:12]}, which its hash identifies."
    for table, count in plan.left.items():
        yield f"{count} rows of {table}, in which a name is a part of a longer word."
    if count := EvidencePack.objects.filter(state=PackState.READY).count():
        yield f"{count} evidence packs that can still be downloaded; their bytes are deleted within a day."


def _elsewhere(names: Names) -> Iterator[str]:
    if count := IndexedMember.objects.filter(member__in=names.principals).count():
        yield f"{count} eligible bindings in the index. Remove them from IAM and refresh the index."
    for name in ("ADMINISTRATORS", "AUDITORS", "REVIEWERS"):
        if names.principals & set(getattr(settings, name)):
            yield f"The setting {name}."
    yield (
        "Everything outside of this database: log entries, Google's audit logs, back-ups, exports, evidence packs"
        " and delivered folders."
    )


def _beneficiary(names: Names, prefix: str = "") -> Q:
    by_address = Q(**{f"{prefix}beneficiary_email__in": names.addresses})
    return by_address | Q(**{f"{prefix}beneficiary": names.person}) if names.person else by_address


def _naming(rows: QuerySet[Any], column: str, names: Names) -> QuerySet[Any]:
    """Return the rows in whose text or JSON one of the addresses stands."""
    found = Q()
    for address in names.addresses:
        found |= Q(as_text__icontains=address)
    naming: QuerySet[Any] = rows.alias(as_text=Cast(column, TextField())).filter(found)
    return naming

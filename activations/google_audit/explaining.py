"""Looks in the records for what explains an entry of our service account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from activations.domain.states import EndReason
from activations.evidence.recording import ACTIVATED
from activations.models import AuditChange, AuditEntry, Event, Grant
from activations.people.addresses import known_people
from activations.people.adopted import CHANNEL

# Entry and record of one write are not further apart, with delays and wrong clocks.
NEAR = timedelta(hours=1)
# JIT Access removes a binding that has not expired for these reasons only.
BY_PEOPLE = (EndReason.HOLDER, EndReason.REVOKED)


def is_recorded(entry: AuditEntry, written: Sequence[AuditChange]) -> bool:
    """Return whether the records explain these added and removed activations.

    A grant or an event has the policy's etag; or grants held what was added; or, where nothing was added,
    somebody ended what was removed. With an addition, a removal is the binding that the new one replaced.
    """
    if _has_etag(entry):
        return True
    if added := [one for one in written if one.is_added]:
        return all(_is_held(entry, one) for one in added)
    return all(_is_ended(entry, one) for one in written)


def _has_etag(entry: AuditEntry) -> bool:
    if not entry.etag:
        return False
    if Grant.objects.filter(project_id=entry.project_id, etag_after=entry.etag).exists():
        return True
    return _near(entry).filter(details__etag_after=entry.etag).exists()


def _near(entry: AuditEntry) -> QuerySet[Event]:
    near = Q(at__gt=entry.at - NEAR, at__lt=entry.at + NEAR)
    return Event.objects.filter(near, project_id=entry.project_id)


def _is_held(entry: AuditEntry, one: AuditChange) -> bool:
    """Return whether a grant that had this binding had begun and not ended when it was added.

    Needed where the write's answer, and so its etag, was lost.
    """
    grants = _with_binding(entry, one).alias(over=Coalesce("ended_at", "end_time"))
    held = grants.filter(start_time__lt=entry.at + NEAR, over__gt=entry.at)
    if grants.filter(over__lte=entry.at).exists():
        # The reconciler adopts also what was added again after its end; that does not say why it was added.
        held = held.exclude(request__channel=CHANNEL, request__decided_at__gte=entry.at)
    return held.exists()


def _is_ended(entry: AuditEntry, one: AuditChange) -> bool:
    """Return whether somebody had asked to end a grant that had this binding, or it was ended near that time.

    Drift explains nothing: the reconciler records it because the binding is gone.
    """
    grants = _with_binding(entry, one)
    asked = Q(ending_asked_at__lt=entry.at + NEAR)
    near = Q(ended_at__gt=entry.at - NEAR, ended_at__lt=entry.at + NEAR)
    return grants.filter(asked | near & Q(end_reason__in=BY_PEOPLE)).exists()


def _with_binding(entry: AuditEntry, one: AuditChange) -> QuerySet[Grant]:
    """Return the grants that had this binding."""
    # A grant has its latest binding; when a longer one replaced it, the event has the one before.
    events = _near(entry).filter(kind__in=(ACTIVATED, "grant.adopted"), role=one.role)
    written = events.filter(details__expression=one.expression).values("grant")
    return Grant.objects.filter(
        Q(binding_expression=one.expression) | Q(pk__in=written),
        _of_member(one.member),
        project_id=entry.project_id,
        role=one.role,
    )


def _of_member(member: str) -> Q:
    """Match the member under any address: IAM shows an account that was renamed under its present one."""
    email = member.lower().removeprefix("user:")
    named = Q(beneficiary_email__iexact=email) | Q(renamed_to__iexact=email)
    people = known_people([email]).get(email)
    return named | Q(request__beneficiary__in=people) if people else named

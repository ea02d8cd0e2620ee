"""The report about eligibility that nobody uses, which can be removed."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from activations.models import EligibleMember
from activations.reporting.uses import used_since
from activations.reports.drawing import Bars
from activations.reports.exceptions import truncated
from activations.reports.findings import MOST_ROWS, Findings, Heading, counted
from activations.reports.scope import Scope
from eligibility.index.served import latest

UNUSED_FOR = timedelta(days=90)


def unused(scope: Scope) -> Findings:
    """List the members of eligible bindings that nobody used for 90 days."""
    headings = (
        Heading("member", "Member"),
        Heading("role", "Role"),
        Heading("attached_to", "Attached to"),
        Heading("activation_type", "Type"),
        Heading("resource_condition", "Resource condition"),
    )
    refresh = latest()
    if refresh is None:
        return Findings("There is no eligibility index, so nothing is known.", headings, [])
    used = used_since(scope.now - UNUSED_FOR, until=scope.now, refresh=refresh.pk)
    rows = scope.eligible(refresh).select_related("binding").order_by("member", "binding_id")
    found = [one for one in rows if one.counts and one.pk not in used]
    roles = Counter(one.binding.role for one in found)
    return Findings(
        f"{counted(len(found), 'eligible member')} did not use the role in the last"
        f" {UNUSED_FOR.days} days, by the index of {refresh.started_at:%Y-%m-%d %H:%M} UTC.",
        headings,
        [_row(one) for one in found[:MOST_ROWS]],
        Bars(roles.most_common(20)) if roles else None,
        truncated(len(found)),
        lambda: map(_row, found),
    )


def _row(member: EligibleMember) -> tuple[object, ...]:
    binding = member.binding
    return (
        member.member,
        binding.role,
        binding.node,
        binding.activation_type,
        binding.resource_condition,
    )

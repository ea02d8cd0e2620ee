"""Warnings: reminders and escalations that would come only after the request has expired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from policies.document.problems import shown

if TYPE_CHECKING:
    from policies.document.shape import Approval, Rule


def late_steps(rules: Sequence[Rule], *, answer_within: int) -> Iterator[tuple[int, str]]:
    """Yield number and warning of each rule with a step that never happens.

    `answer_within` are the environment's minutes; the document itself is compared with its own when it is read.
    """
    for number, rule in enumerate(rules):
        approval = rule.require.approval
        if approval and not approval.answer_within and (keys := _late(approval, answer_within)):
            yield number, _warning(rule.name, keys, answer_within)


def _late(approval: Approval, limit: int) -> list[str]:
    """Return the keys of the steps that are not earlier than the limit."""
    after = {
        "remind_after": approval.remind_after,
        "escalate": approval.escalate and approval.escalate.after,
    }
    return [key for key, minutes in after.items() if minutes and minutes >= limit]


def _warning(rule: str, keys: Sequence[str], limit: int) -> str:
    happen = "never happens" if len(keys) == 1 else "never happen"
    return (
        f"{' and '.join(keys)} of the rule {shown(rule)} {happen}: without answer_within, a request waits for"
        f" {limit} minutes (ACTIVATION_REQUEST_TIMEOUT). Add answer_within, or give less time."
    )

"""The properties of each kind of notification, as published to Pub/Sub."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from activations.domain.requirement_words import principals_in_words
from activations.domain.states import NOT_FOUND_OUT
from activations.domain.text import minutes_in_words
from activations.notifications.instants import iso
from activations.notifications.kinds import Announcement
from activations.notifications.news import News
from activations.people.stage_progress import kept_for, missing_in_words

Properties = dict[str, Any]


def properties(news: News) -> Properties:
    """Return the properties.

    The original's three kinds have exactly the original's keys, unless there is a ticket, a rule or a stage.
    """
    return PROPERTIES[news.kind](news) | _ruled(news) | _stage(news)


def mail_properties(news: News) -> Properties:
    """Return the properties for mails, with the link to the request and the reviewer's comment."""
    more: Properties = {
        "action_url": news.request.url,
        "base_url": _base_url(news),
        "comment": news.comment or (news.review.comment if news.review else ""),
        "duration": minutes_in_words(news.request.minutes_at_most),
        "access_end_time": iso(news.access_end) if news.access_end else None,
        "needs_approval": news.request.needs_approval,
        "resource_condition": news.resource_condition,
    }
    if news.eligibility_end:
        more["eligibility_end"] = iso(news.eligibility_end)
    if news.request.start_at:
        more["start_wanted"] = iso(news.request.start_at)
    if missing := missing_in_words(news.stages):
        more["missing"] = missing
    if news.kind is Announcement.ESCALATED:
        more["escalated_to_names"] = principals_in_words(_escalated_to(news))
    return more | properties(news)


def _self_approved(news: News) -> Properties:
    return {
        "beneficiary": news.request.beneficiary_email,
        "project_id": news.request.project_id,
        "role": news.role,
        "start_time": iso(news.start),
        "end_time": iso(news.end),
        "justification": news.request.justification,
    }


def _common(news: News) -> Properties:
    return _self_approved(news) | {
        "reviewers": news.reviewers,
        "resource_condition": news.resource_condition,
        "base_url": _base_url(news),
    }


def _requested(news: News) -> Properties:
    return _common(news) | {"action_url": news.request.url} | _expiry(news)


def _approved(news: News) -> Properties:
    return _common(news) | {"approver": news.approver}


def _ours(news: News) -> Properties:
    """Return the common properties of the kinds that the original does not have."""
    return _common(news) | {
        "action_url": news.request.url,
        "request_id": str(news.request.id),
        "actor": news.approver,
        "comment": news.comment or (news.review.comment if news.review else ""),
        "access_end_time": iso(news.access_end) if news.access_end else None,
    }


def _withdrawn(news: News) -> Properties:
    return _ours(news) | {"actor": news.actor or news.request.beneficiary_email}


def _expired(news: News) -> Properties:
    return _ours(news) | _expiry(news)


def _ended(news: News) -> Properties:
    reasons = sorted({reason for grant in news.grants if (reason := grant.end_reason)})
    ended = [grant.ended_at for grant in news.grants if grant.ended_at]
    last = {"end_time": iso(max(ended))} if ended else {}
    return _ours(news) | {"actor": news.actor, "end_reason": ", ".join(reasons)} | last


def _ending_soon(news: News) -> Properties:
    pages = [f"{_base_url(news)}grants/{grant.id}/extend" for grant in news.grants]
    return _ours(news) | {"extend_url": "".join(pages[:1])}


def _failed(news: News) -> Properties:
    failures = dict.fromkeys(grant.failure for grant in news.grants if grant.failure)
    is_known = all(grant.failure_kind != NOT_FOUND_OUT for grant in news.grants)
    said = {"actor": news.actor, "failure": " ".join(failures), "is_known": is_known}
    return _ours(news) | said


def _recorded(news: News) -> Properties:
    approvals = [
        {"from": list(stage.approvers), "needed": stage.needed, "given": len(stage.by)}
        for stage in news.stages
    ]
    return _ours(news) | {"approver": news.approver, "approvals": approvals}


def _reminded(news: News) -> Properties:
    return _ours(news) | {"notified": list(news.told)} | _expiry(news)


def _escalated(news: News) -> Properties:
    return _reminded(news) | {"escalated_to": list(_escalated_to(news))}


def _escalated_to(news: News) -> tuple[str, ...]:
    kept = kept_for(news.request)
    return kept.escalate.to if kept and kept.escalate else ()


def _ruled(news: News) -> Properties:
    """Return ticket and rule, as far as the request has them."""
    ruled = {name: getattr(news.request, name) for name in ("ticket", "ticket_url", "rule")}
    return {name: value for name, value in ruled.items() if value}


def _stage(news: News) -> Properties:
    """Return how far the approval is: in the stage of the review, if there is one, or in the open one."""
    number = news.review.stage if news.review else news.request.stage
    stages = news.stages
    found = next((stage for stage in stages if stage.number == number), None)
    if found is None:
        return {}
    return {
        "stage": number,
        "stages": len(stages),
        "needed": found.needed,
        "given": len(found.by),
        "approvers": news.request.approvers(),
    }


def _break_glass(news: News) -> Properties:
    said = {"actor": news.actor or news.request.beneficiary_email}
    return _ours(news) | said | _due(news)


def _after_review_due(news: News) -> Properties:
    return _ours(news) | {"notified": list(news.told)} | _due(news)


def _due(news: News) -> Properties:
    return {"review_due_time": iso(news.due_at)} if news.due_at else {}


def _expiry(news: News) -> Properties:
    expires = news.request.expires_at
    return {"request_expiry_time": iso(expires)} if expires else {}


def _base_url(news: News) -> str:
    return f"{news.request.base_url.rstrip('/')}/"


PROPERTIES: dict[Announcement, Callable[[News], Properties]] = {
    Announcement.SELF_APPROVED: _self_approved,
    Announcement.REQUESTED: _requested,
    Announcement.APPROVED: _approved,
    Announcement.DECLINED: _ours,
    Announcement.WITHDRAWN: _withdrawn,
    Announcement.EXPIRED: _expired,
    Announcement.ENDED: _ended,
    Announcement.FAILED: _failed,
    Announcement.SCHEDULED: _ours,
    Announcement.APPROVAL_RECORDED: _recorded,
    Announcement.REMINDED: _reminded,
    Announcement.ESCALATED: _escalated,
    Announcement.BREAK_GLASS_USED: _break_glass,
    Announcement.AFTER_REVIEW_DUE: _after_review_due,
    Announcement.ENDING_SOON: _ending_soon,
}

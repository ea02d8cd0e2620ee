"""Decides items: one with a comment, or many at once to keep."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet

from activations.domain.refusals import Moved, NotAvailable
from activations.domain.rules import Refusal
from activations.evidence.recording import recording
from activations.people.actor import Actor
from activations.people.stops import check_may_act
from certification.domain.wishes import check_bulk_comment, check_decision
from certification.evidence.rows import item_decision
from certification.models import Campaign, CampaignItem, CampaignState, Decision
from certification.services.judging import Judge, judge_of
from certification.services.listing import ItemFilters, filtered
from certification.services.steps import moved, record_item

MOST_AT_ONCE = 500


def decide(
    *,
    campaign: int,
    number: int,
    decision: str,
    comment: str,
    seen: int,
    actor: Actor,
    now: datetime,
) -> CampaignItem:
    """Record a decision; it can be changed until the campaign is closed.

    :param seen: the version of the item that the person has seen
    :raises Refusal: when the comment is missing or too long.
    :raises NotAvailable: when there is no such item.
    :raises activations.domain.refusals.NotAllowed: when the item is assigned to another reviewer, or
        the person would judge about themselves.
    :raises Moved: when the campaign was closed, or somebody decided since.
    """
    decision, comment = check_decision(decision, comment)
    judge = judge_of(actor.user)
    with recording():
        check_may_act(actor.user)
        item = item_of(campaign, number)
        judge.check(item)
        if item.campaign.state != CampaignState.OPEN:
            raise moved(item.campaign)
        if (item.decision, item.comment, item.decided_by) == (decision, comment, actor.user.email):
            return item  # the same form was sent twice
        was = item.decision
        _decide([item], seen=seen, decision=decision, comment=comment, actor=actor, now=now)
        record_item("item_decided", item, actor=actor, at=now, was=was, rows=item_decision(item))
    return item


def item_of(campaign: int, number: int) -> CampaignItem:
    """Return an item with its campaign and reviewer.

    :raises NotAvailable: when there is none.
    """
    rows = CampaignItem.objects.select_related("campaign", "reviewer")
    item = rows.filter(campaign=campaign, number=number).first()
    if item is None:
        raise NotAvailable("There is no such item")
    return item


def keep_all(
    *,
    campaign: Campaign,
    filters: ItemFilters,
    comment: str,
    count: int,
    actor: Actor,
    now: datetime,
) -> int:
    """Keep the undecided items of one member or project that this person may judge; return how many.

    :param count: how many items the person confirmed
    :raises Refusal: when there is no filter by member or project, no comment, or too many or all items match.
    :raises Moved: when the number has changed, or the campaign was closed.
    """
    check_narrow(filters)
    text = check_bulk_comment(comment)
    judge = judge_of(actor.user)
    with recording():
        check_may_act(actor.user)
        campaign.refresh_from_db()
        if campaign.state != CampaignState.OPEN:
            raise moved(campaign)
        items = _confirmed(campaign, keepable(campaign, filters, judge), count)
        _decide(items, seen=0, decision=Decision.KEEP, comment=text, actor=actor, now=now)
        for item in items:
            record_item(
                "item_decided", item, actor=actor, at=now, rows=item_decision(item), bulk=count
            )
    return count


def _confirmed(campaign: Campaign, rows: QuerySet[CampaignItem], count: int) -> list[CampaignItem]:
    """Return these items of the campaign.

    :raises Refusal: when they are too many, or all items of the campaign.
    :raises Moved: when they are not as many as the person confirmed.
    """
    items = list(rows.select_related("campaign", "reviewer")[: MOST_AT_ONCE + 1])
    if len(items) > MOST_AT_ONCE:
        raise Refusal(f"At most {MOST_AT_ONCE} items can be kept at once. Narrow the filters")
    if refusal := refusal_of_all(campaign, len(items)):
        raise Refusal(refusal)
    if len(items) != count or not items:
        raise Moved(f"{len(items)} items match now, and you confirmed {count}")
    return items


def refusal_of_all(campaign: Campaign, count: int) -> str:
    """Return why this many items cannot be kept at once: they are all items of the campaign; '' when they can.

    A campaign about one member or one project has no items beyond that filter. A single item can be kept.
    """
    if count < 2 or count != campaign.items.count():
        return ""
    return (
        f"These are all {count} items of the access review, and all cannot be kept at once."
        " Narrow the filters, or decide one of them by itself first"
    )


def check_narrow(filters: ItemFilters) -> None:
    """:raises Refusal: when the filters would allow to keep everything at once."""
    if not filters.is_narrow:
        raise Refusal("Filter by a member or a project first, without *")


def keepable(campaign: Campaign, filters: ItemFilters, judge: Judge) -> QuerySet[CampaignItem]:
    """Return the undecided items that match and that this person may decide."""
    rows = filtered(campaign, filters).filter(judge.condition, decision=Decision.NONE)
    return rows.order_by("number")


def _decide(
    items: list[CampaignItem],
    *,
    seen: int,
    decision: str,
    comment: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Store the decision in all these items, or in none.

    :raises Moved: when one was decided since this version.
    """
    rows = CampaignItem.objects.filter(
        pk__in=[item.pk for item in items], version=seen, campaign__state=CampaignState.OPEN
    )
    facts = {
        "decision": decision,
        "comment": comment,
        "decided_at": now,
        "decided_by": actor.user.email,
        "decided_by_subject": actor.user.subject,
    }
    if rows.update(**facts, version=F("version") + 1) != len(items):
        first = items[0]
        by = first.decided_by or "Somebody"
        raise Moved(f"{by} has decided in the meantime. Reload the page")
    for item in items:
        item.version += 1
        for name, value in facts.items():
            setattr(item, name, value)

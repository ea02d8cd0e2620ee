"""Writes messages to the outbox, in the transaction of the change that they report, and determines who gets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from activations.domain.states import Channel, DeliveryState
from activations.models import Grant, OutboxMessage, Request, Review
from activations.notifications import background_delivery
from activations.notifications.kinds import Announcement
from activations.notifications.news import News
from activations.notifications.properties import mail_properties, properties
from activations.notifications.subjects import subject
from activations.people.addresses import current_addresses, reached_at
from activations.people.deputies import deputies_of

TO_REVIEWERS = frozenset({Announcement.REQUESTED, Announcement.WITHDRAWN, Announcement.EXPIRED})
TO_BENEFICIARY = frozenset({Announcement.APPROVED, Announcement.DECLINED})
TO_REQUESTER = frozenset(
    {Announcement.APPROVAL_RECORDED, Announcement.SCHEDULED, Announcement.ENDING_SOON}
)
# Only the person who has the access and the person who approved it get these mails.
ABOUT_ACCESS = frozenset({Announcement.ENDED, Announcement.FAILED})
# Only the addresses that the caller names get these.
TO_TOLD = frozenset(
    {
        *(Announcement.REMINDED, Announcement.ESCALATED),
        *(Announcement.BREAK_GLASS_USED, Announcement.AFTER_REVIEW_DUE),
    }
)


def announce(
    kind: Announcement,
    *,
    request: Request,
    now: datetime,
    grants: Sequence[Grant] = (),
    review: Review | None = None,
    actor: str = "",
    comment: str = "",
) -> None:
    """Insert one message per configured channel, and request its delivery after the commit.

    `actor` and `comment` say who did it and why, when there is no review. An empty actor means JIT Access.
    Under a rule with stages, `REQUESTED` asks the reviewers of the stage `request.stage`.
    """
    announce_news(News(kind, request, now, tuple(grants), review, actor, comment))


def announce_to(
    told: Sequence[str], kind: Announcement, *, request: Request, now: datetime
) -> None:
    """Insert a reminder or the news of an escalation for these addresses, in the same way."""
    announce_news(News(kind, request, now, told=tuple(told)))


def announce_news(news: News) -> None:
    """Do the same for news that are complete."""
    messages = list(_messages(news))
    if messages:
        OutboxMessage.objects.bulk_create(messages)
        transaction.on_commit(background_delivery.request_delivery, robust=True)


def _messages(news: News) -> Iterator[OutboxMessage]:
    if settings.NOTIFICATION_TOPIC:
        yield _message(news, Channel.PUBSUB, said=properties(news))
    recipients = mail_recipients(news)
    if settings.MAIL_SERVER and recipients:
        message = _message(news, Channel.MAIL, said=mail_properties(news))
        message.recipients = recipients.as_json()
        message.payload |= _headers(message, news, domain=settings.MAIL_SERVER.domain)
        yield message


def _message(news: News, channel: Channel, *, said: dict[str, Any]) -> OutboxMessage:
    return OutboxMessage(
        request=news.request,
        kind=news.kind,
        channel=channel,
        payload={"subject": subject(news), "properties": said},
        state=DeliveryState.WAITING,
        created_at=news.now,
        next_attempt_at=news.now,
    )


def _headers(message: OutboxMessage, news: News, *, domain: str) -> dict[str, str]:
    """Return headers that make later mails replies to the mail that asked for approval."""
    request = news.request
    host = urlsplit(request.base_url).hostname or domain
    asking = f"<{request.id}.request@{host}>"
    if news.is_first:
        return {"message_id": asking}
    answers = {"in_reply_to": asking} if request.was_asked_here else {}
    return {"message_id": f"<{message.id}@{host}>"} | answers


@dataclass(frozen=True, slots=True)
class Recipients:
    """User IDs, which are mapped to addresses when the mail is sent."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()

    def as_json(self) -> dict[str, list[str]]:
        return {"to": list(self.to), "cc": list(self.cc)}

    def __bool__(self) -> bool:
        return bool(self.to)


def mail_recipients(news: News) -> Recipients:
    """Return the recipients; empty for kinds that are only published to Pub/Sub."""
    beneficiary = _who_asked(news)
    if news.kind in TO_TOLD:
        return _recipients(to=_with_deputies(news.told, news), cc=())
    if news.kind in TO_REQUESTER:
        return _recipients(to=beneficiary, cc=())
    if news.kind is Announcement.REQUESTED and not news.is_first:
        return _recipients(to=_with_deputies(_who_was_asked(news), news), cc=())
    if news.kind in TO_REVIEWERS:
        return _recipients(to=_with_deputies(_who_was_asked(news), news), cc=beneficiary)
    if news.kind in TO_BENEFICIARY:
        return _recipients(to=beneficiary, cc=_who_was_concerned(news))
    if news.kind in ABOUT_ACCESS:
        return _recipients(to=beneficiary, cc=_who_approved(news))
    return Recipients()


def _recipients(*, to: tuple[str, ...], cc: tuple[str, ...]) -> Recipients:
    """Remove duplicates. Without `to`, the people in `cc` become the direct recipients."""
    to = tuple(dict.fromkeys(to)) or cc
    return Recipients(to, tuple(address for address in dict.fromkeys(cc) if address not in to))


def _who_asked(news: News) -> tuple[str, ...]:
    person = news.request.beneficiary
    return _present(reached_at(person) if person else news.request.beneficiary_email)


def _who_was_asked(news: News) -> tuple[str, ...]:
    return tuple(current_addresses(news.notified))


def _with_deputies(reviewers: Iterable[str], news: News) -> tuple[str, ...]:
    """Add those who decide for absent reviewers, except the requester."""
    asked = tuple(reviewers)
    deputies = deputies_of(asked, now=news.now)
    return asked + tuple(one for one in deputies if one not in _who_asked(news))


def _who_was_concerned(news: News) -> tuple[str, ...]:
    """Return those who were asked and, under a rule with stages, others who approved without being asked."""
    return _who_was_asked(news) + (_who_approved(news) if news.request.stage else ())


def _who_approved(news: News) -> tuple[str, ...]:
    """Return the present addresses of those whose reviews counted, in their order."""
    found = news.request.reviews.filter(void_at=None)
    reviews = found.select_related("reviewer").order_by("pk")
    return tuple(address for one in reviews for address in _present(reached_at(one.reviewer)))


def _present(address: str) -> tuple[str, ...]:
    return (address,) if address else ()

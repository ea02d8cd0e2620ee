"""Determines the recipients of each kind of mail, by their present addresses."""

from __future__ import annotations

from dataclasses import dataclass

from activations.notifications.kinds import Announcement
from activations.notifications.news import News
from activations.people.addresses import current_addresses, reached_at

TO_REVIEWERS = frozenset({Announcement.REQUESTED, Announcement.WITHDRAWN, Announcement.EXPIRED})
TO_BENEFICIARY = frozenset({Announcement.APPROVED, Announcement.DECLINED})
# Only the person who has the access and the person who approved it get these mails.
ABOUT_ACCESS = frozenset({Announcement.ENDED, Announcement.FAILED})


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
    if news.kind in TO_REVIEWERS:
        return _recipients(to=_who_was_asked(news), cc=beneficiary)
    if news.kind in TO_BENEFICIARY:
        return _recipients(to=beneficiary, cc=_who_was_asked(news))
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
    return tuple(current_addresses(news.request.reviewers.order_by("pk")))


def _who_approved(news: News) -> tuple[str, ...]:
    review = news.review or getattr(news.request, "review", None)
    return _present(reached_at(review.reviewer)) if review else ()


def _present(address: str) -> tuple[str, ...]:
    return (address,) if address else ()

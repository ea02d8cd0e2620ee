"""Who gets a mail about what."""

from __future__ import annotations

from dataclasses import dataclass

from activations.notifications.kinds import Announcement
from activations.notifications.news import News

TO_REVIEWERS = frozenset({Announcement.REQUESTED, Announcement.WITHDRAWN, Announcement.EXPIRED})
TO_BENEFICIARY = frozenset({Announcement.APPROVED, Announcement.DECLINED})
# Of what became of the access, only they are told who have it or gave it.
ABOUT_ACCESS = frozenset({Announcement.ENDED, Announcement.FAILED})


@dataclass(frozen=True, slots=True)
class Recipients:
    """User IDs; they become addresses when the mail is sent."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()

    def as_json(self) -> dict[str, list[str]]:
        return {"to": list(self.to), "cc": list(self.cc)}

    def __bool__(self) -> bool:
        return bool(self.to)


def mail_recipients(news: News) -> Recipients:
    """Nobody, for what is told to programs only."""
    beneficiary = (news.request.beneficiary_email,)
    if news.kind in TO_REVIEWERS:
        return _recipients(to=tuple(news.reviewers), cc=beneficiary)
    if news.kind in TO_BENEFICIARY:
        return _recipients(to=beneficiary, cc=tuple(news.reviewers))
    if news.kind in ABOUT_ACCESS:
        return _recipients(to=beneficiary, cc=_who_approved(news))
    return Recipients()


def _recipients(*, to: tuple[str, ...], cc: tuple[str, ...]) -> Recipients:
    """Everybody once; whoever would get a copy of nothing is told directly."""
    to = tuple(dict.fromkeys(to)) or cc
    return Recipients(to, tuple(address for address in dict.fromkeys(cc) if address not in to))


def _who_approved(news: News) -> tuple[str, ...]:
    review = news.review or getattr(news.request, "review", None)
    return (review.reviewer_email,) if review else ()

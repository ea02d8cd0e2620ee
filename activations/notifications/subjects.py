"""Formats the subjects of mails."""

from __future__ import annotations

from activations.notifications.kinds import Announcement
from activations.notifications.news import News


def subject(news: News) -> str:
    """Return the subject, as in the original. Later mails about a request get the prefix `Re: `."""
    if news.kind is Announcement.SELF_APPROVED:
        roles = ", ".join(f"'{grant.role}'" for grant in news.grants)
        text = f"Activated roles {roles} on '{news.request.project_id}'"
    elif news.kind is Announcement.BREAK_GLASS_USED:
        text = f"{_who(news)} used break glass on project {news.request.project_id}"
    elif news.kind is Announcement.AFTER_REVIEW_DUE:
        text = f"Review the break-glass access of {_who(news)} to project {news.request.project_id}"
    elif news.kind is Announcement.ENDING_SOON:
        text = f"Access of {_who(news)} to project {news.request.project_id} ends soon"
    elif news.request.was_asked_here:
        text = f"{_reply(news)}{_who(news)} requests access to project {news.request.project_id}"
    else:
        text = _of_own_access(news)
    return one_line(text)


def _of_own_access(news: News) -> str:
    """Return the subject about access that needed no approval."""
    access = f"ccess of {_who(news)} to project {news.request.project_id}"
    said = {
        Announcement.SCHEDULED: f"A{access} is scheduled",
        Announcement.WITHDRAWN: f"Scheduled a{access} was withdrawn",
        Announcement.FAILED: f"A{access} failed",
    }
    if news.kind in said:
        return said[news.kind]
    if news.access_end:
        return f"One request of {_who(news)} for project {news.request.project_id} ended"
    return f"A{access} ended"


def one_line(text: str) -> str:
    """Replace line breaks and other characters that cannot be printed by blanks."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _reply(news: News) -> str:
    return "" if news.is_first else "Re: "


def _who(news: News) -> str:
    return news.request.beneficiary_email

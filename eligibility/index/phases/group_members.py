"""Reads the groups that eligible bindings name, and those inside them, downwards.

A group is read again when its members are older than a few hours. Each is stored as a whole: pages of a
large one wait beside the old members until the last page is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from eligibility.group_members import Member
from eligibility.index import group_rows
from eligibility.index.position import BEGIN, Done, Write, after
from eligibility.index.work import Work
from eligibility.models import IndexedGroup
from googlecloud.calls import Page, gather
from googlecloud.errors import (
    Denied,
    GoogleCloudError,
    Invalid,
    NotFound,
    QuotaExceeded,
    Unavailable,
)

# Each group is read again within six hours; a scheduler calls every quarter of an hour.
READ_AGAIN = timedelta(hours=5, minutes=30)
# When Google failed for this many groups, this run does not ask for others.
MOST_TROUBLES = 3
AT_ONCE = 5
_LOOKED_AT = 100
_BEGUN, _SEED, _GROUP = "groups", "seed", "group"


@dataclass(frozen=True, slots=True)
class _Answer:
    """What Google said about a group: the first page of its members, or an error."""

    group: IndexedGroup
    page: Page[Member] | None = None
    error: GoogleCloudError | None = None


def step(work: Work, position: str) -> Write:
    seed = "" if position == BEGIN else after(position, _SEED)
    if seed is not None:
        return partial(_seed, work, seed)
    if large := after(position, _GROUP):
        return _read_on(work, *large.split(":", 1))
    groups = group_rows.to_expand(work.refresh, limit=_LOOKED_AT)
    if not groups:
        return lambda: Done(None)
    due = [group for group in groups if _is_due(work, group)][:AT_ONCE]
    kept = [group for group in groups if not _is_due(work, group)]
    answers = gather(*(partial(_ask, work, group) for group in due))
    return partial(_store, work, answers, kept)


def _seed(work: Work, last: str) -> Done:
    """Note the next groups that eligible bindings name."""
    emails = group_rows.named_in_bindings(work.refresh, after=last)
    group_rows.reach(work.refresh, emails)
    return Done(f"{_SEED}:{emails[-1]}" if emails else _BEGUN)


def _is_due(work: Work, group: IndexedGroup) -> bool:
    if work.troubles >= MOST_TROUBLES:
        return False
    started_at = work.refresh.started_at
    oldest = started_at if work.refresh.is_full else started_at - READ_AGAIN
    # A time in the future comes from a wrong clock.
    return group.read_at is None or not oldest <= group.read_at <= work.sources.clock()


def _ask(work: Work, group: IndexedGroup) -> _Answer:
    try:
        return _Answer(group, work.sources.groups.members_page(group=group.email))
    except (Denied, NotFound, Invalid, QuotaExceeded, Unavailable) as error:
        return _Answer(group, error=error)


def _store(work: Work, answers: Sequence[_Answer], kept: Sequence[IndexedGroup]) -> Done:
    """Store groups of one page. Continue with the first larger one; the others are read again later."""
    settled, warnings, large = 0, [], None
    for answer in answers:
        if answer.error:
            warnings.append(_store_error(work, answer.group, answer.error))
        elif answer.page and answer.page.next_token:
            large = large or answer
            continue
        elif answer.page:
            group_rows.replace(
                work.refresh, answer.group, answer.page.items, now=work.sources.clock()
            )
        settled += 1
    for group in kept:
        group_rows.expand(work.refresh, group)
    place = _BEGUN
    if large and large.page:
        group_rows.begin_large(large.group, large.page.items)
        place = f"{_GROUP}:{large.group.pk}:{large.page.next_token}"
    return Done(place, {"groups": settled + len(kept)}, tuple(warnings))


def _read_on(work: Work, pk: str, token: str) -> Write:
    """Read the next page of a large group."""
    group = IndexedGroup.objects.get(pk=int(pk))
    try:
        page = work.sources.groups.members_page(group=group.email, token=token)
    except Invalid:  # the token has expired
        work.restarts += 1
        if work.restarts > MOST_TROUBLES:
            raise
        return lambda: Done(_BEGUN)
    except (Denied, NotFound, QuotaExceeded, Unavailable) as error:
        return partial(_store_failure, work, group, error)

    def write() -> Done:
        group_rows.add_incoming(group, page.items)
        if page.next_token:
            return Done(f"{_GROUP}:{group.pk}:{page.next_token}")
        group_rows.finish_large(work.refresh, group, now=work.sources.clock())
        return Done(_BEGUN, {"groups": 1})

    return write


def _store_failure(work: Work, group: IndexedGroup, error: GoogleCloudError) -> Done:
    return Done(_BEGUN, {"groups": 1}, (_store_error(work, group, error),))


def _store_error(work: Work, group: IndexedGroup, error: GoogleCloudError) -> str:
    """Drop a group that cannot be read; keep the members as they were while Google is in trouble."""
    said = f"The members of {group.email} could not be read: {error}"
    if isinstance(error, QuotaExceeded | Unavailable):
        work.troubles += 1
        group_rows.keep(work.refresh, group, warning=said)
    else:
        group_rows.drop(work.refresh, group, warning=said, now=work.sources.clock())
    return said

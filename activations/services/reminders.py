"""Finds the open stages whose reminder or escalation is due, and carries out one after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import Error
from django.db.models import Q

from activations.database_faults import fault_of
from activations.models import Request
from activations.models.request import RequestQuerySet
from activations.services.unanswered import NobodyFound, escalate, remind
from eligibility.people import People
from googlecloud.calls import Deadline
from googlecloud.errors import GoogleCloudError
from policies.services.active import UnusablePolicy, kept_approval

if TYPE_CHECKING:
    from policies.document.shape import Approval

logger = logging.getLogger("jitaccess.reminders")

# Of each rule; the next run, a minute later, continues.
MOST_AT_ONCE = 200
# Google may refuse to show a group for a moment, and everybody in it is to be told.
PATIENCE = timedelta(minutes=10)

ReadGroups = Callable[[Collection[str]], People]


@dataclass(slots=True)
class Counts:
    """What a run did; `left` is 1 when its time was up first."""

    reminded: int = 0
    escalated: int = 0
    failed: int = 0
    left: int = 0

    def __str__(self) -> str:
        return f"{self.reminded} reminded, {self.escalated} escalated, {self.failed} failed"


@dataclass(frozen=True, slots=True)
class _Due:
    """One step of one request; `work` returns whether this run did it."""

    counts_as: str
    request: Request
    work: Callable[[], bool]


def remind_due(*, now: datetime, deadline: Deadline, read_groups: ReadGroups) -> Counts:
    """Carry out what is due until the deadline. Safe to interrupt, to repeat and to run concurrently.

    A step that fails is logged, does not stop the others, and is tried again by the next run.

    :raises django.db.Error: when the database fails, because the next step needs it too.
    """
    counts = Counts()
    rules = list(_kept_rules(now, counts))
    # Reminders need no call to Google, so they come first.
    for due in (*_reminders(rules, now), *_escalations(rules, now, _Groups(read_groups))):
        if deadline.expired:
            counts.left = 1
            break
        _carry_out(due, counts)
    return counts


def _kept_rules(now: datetime, counts: Counts) -> Iterator[tuple[RequestQuerySet, Approval]]:
    """Yield the rules of open stages, each with the requests that were made under it."""
    unmarked = Q(reminded_at=None) | Q(escalated_at=None)
    waiting = Request.objects.pending(now).filter(unmarked, stage__gte=1)
    for sha256, rule in waiting.values_list("policy_sha256", "rule").distinct().order_by():
        try:
            approval = kept_approval(sha256=sha256, rule=rule)
        except UnusablePolicy as error:
            counts.failed += 1
            logger.error("The rule %r: %s", rule, error, extra={"event": "remind.failed"})  # noqa: TRY400  # not a bug
            continue
        if approval:
            yield waiting.filter(policy_sha256=sha256, rule=rule), approval


def _reminders(rules: list[tuple[RequestQuerySet, Approval]], now: datetime) -> Iterator[_Due]:
    for requests, approval in rules:
        if approval.remind_after:
            for request in _opened(requests, before=now - _minutes(approval.remind_after)).filter(
                reminded_at=None
            )[:MOST_AT_ONCE]:
                yield _Due("reminded", request, partial(remind, request, now=now))


def _escalations(
    rules: list[tuple[RequestQuerySet, Approval]], now: datetime, groups: _Groups
) -> Iterator[_Due]:
    for requests, approval in rules:
        if approval.escalate:
            due = now - _minutes(approval.escalate.after)
            found = _opened(requests, before=due).filter(escalated_at=None)
            for request in found[:MOST_AT_ONCE]:
                opened = request.stage_opened_at
                work = partial(
                    _escalate,
                    request,
                    to=approval.escalate.to,
                    groups=groups,
                    now=now,
                    is_patient=opened is not None and due - opened < PATIENCE,
                )
                yield _Due("escalated", request, work)


def _opened(requests: RequestQuerySet, *, before: datetime) -> RequestQuerySet:
    return requests.filter(stage_opened_at__lte=before).order_by("stage_opened_at", "pk")


def _minutes(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


def _escalate(
    request: Request, *, to: tuple[str, ...], groups: _Groups, now: datetime, is_patient: bool
) -> bool:
    people = groups.people(to)  # no transaction is open during the calls to Google
    return escalate(request, to=to, people=people, now=now, is_patient=is_patient)


class _Groups:
    """Reads the groups of an escalation once in a run, and remembers a failure too."""

    def __init__(self, read: ReadGroups) -> None:
        self._read = read
        self._known: dict[tuple[str, ...], People | GoogleCloudError] = {}

    def people(self, principals: tuple[str, ...]) -> People:
        """Return the people in the groups among these principals.

        :raises googlecloud.errors.GoogleCloudError: when Google does not answer, or did not before.
        """
        if principals not in self._known:
            self._known[principals] = self._answer(principals)
        found = self._known[principals]
        if isinstance(found, GoogleCloudError):
            raise found
        return found

    def _answer(self, principals: tuple[str, ...]) -> People | GoogleCloudError:
        groups = [one.removeprefix("group:") for one in principals if one.startswith("group:")]
        try:
            return self._read(groups)
        except GoogleCloudError as error:
            return error


def _carry_out(due: _Due, counts: Counts) -> None:
    try:
        is_done = due.work()
    except (GoogleCloudError, NobodyFound) as error:
        logger.warning("Request %s: %s", due.request.pk, error, extra={"event": "remind.failed"})
        counts.failed += 1
    except Exception as error:
        if isinstance(error, Error) and fault_of(error):
            raise
        logger.exception("Request %s", due.request.pk, extra={"event": "remind.failed"})
        counts.failed += 1
    else:
        setattr(counts, due.counts_as, getattr(counts, due.counts_as) + int(is_done))

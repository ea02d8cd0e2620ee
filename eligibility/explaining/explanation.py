"""Turns facts into steps and a verdict: one pure function, for the API, the page and the admin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from eligibility.entitlements import ActivationType
from eligibility.explaining.binding_steps import also_found, candidate_steps, without_candidate
from eligibility.explaining.candidates import Candidate, candidates
from eligibility.explaining.looks import CloserLook, Failed, Findings, FirstLook
from eligibility.explaining.other_bindings import (
    membership_steps,
    missing_binding,
    other_bindings,
    unread_groups,
)
from eligibility.explaining.project_steps import (
    TRY_AGAIN,
    grantable_steps,
    project_steps,
    scope_steps,
)
from eligibility.explaining.steps import (
    Check,
    Explanation,
    Outcome,
    Step,
    Verdict,
    failed,
    in_order,
    info,
    unknown,
    verdict_of,
)
from eligibility.explaining.subject import Subject, advised
from eligibility.membership import BOTH_TYPES
from eligibility.validity import in_words

OLD_INDEX = timedelta(days=1)
_RANK = (Verdict.ELIGIBLE, Verdict.UNKNOWN, Verdict.NOT_ELIGIBLE)


@dataclass(frozen=True, slots=True)
class Times:
    """When Google was asked, the longest activation, and when the index for lists was completed."""

    now: datetime
    longest: timedelta
    indexed_at: datetime | None = None


def explain(
    look: FirstLook, closer: CloserLook | None, findings: Findings, *, times: Times
) -> Explanation:
    """Return whether a request for the role would be accepted now, and every step to that verdict.

    Without a closer look, or for a person without any binding on the project, the answer is the same
    for every project, whether it exists or not. Commands are for administrators.
    """
    if closer is None or not look.shows_details:
        return _explanation(look, _nothing_of_your_own(look), None, times)
    chosen, path = _path(look, closer, findings, times)
    steps = [
        *project_steps(look, closer),
        *scope_steps(look, closer),
        *grantable_steps(look, closer),
        *findings.general,
        *path,
        *_index_steps(look, times),
    ]
    kind = findings.types.get(chosen.way, chosen.reading.activation_type) if chosen else None
    return _explanation(look, steps, kind, times)


def _explanation(
    look: FirstLook, steps: list[Step], kind: ActivationType | None, times: Times
) -> Explanation:
    if not look.question.sees_all:
        steps = [replace(step, command="") for step in steps]
    return Explanation(verdict_of(steps), kind, in_order(steps), times.now)


def _nothing_of_your_own(look: FirstLook) -> list[Step]:
    """Two projects of which one does not exist must not differ here in anything but their ids."""
    question = look.question
    text = (
        f"You have no binding on project {question.project_id} that leads to {question.role},"
        " neither directly nor through a group."
    )
    if look.is_complete:
        remedy = (
            "Check the spelling of the project ID and the role. If both are right, ask an"
            " administrator to make you eligible."
        )
        return [failed(Check.BINDING, text, remedy)]
    groups = list(_own_groups(look, decisive=True))
    reason = (
        "Not all of your groups could be read."
        if groups
        else "Google did not answer completely, so a binding may have been missed."
    )
    return [unknown(Check.BINDING, f"No binding was found. {reason}", TRY_AGAIN), *groups]


def _path(
    look: FirstLook, closer: CloserLook, findings: Findings, times: Times
) -> tuple[Candidate | None, list[Step]]:
    """The best binding with its steps, or why there is none."""
    ways = [
        (one, [*candidate_steps(look, one, now=times.now, longest=times.longest), *ours])
        for one in candidates(look)
        for ours in [findings.of_way.get(one.way, ())]
    ]
    if ways:
        chosen, steps = min(ways, key=_rank)
        steps += [*also_found(look, chosen), *_own_groups(look, decisive=False)]
        return chosen, steps + (
            list(membership_steps(look, closer)) if look.question.sees_all else []
        )
    return None, _no_path(look, closer, findings)


def _rank(way: tuple[Candidate, list[Step]]) -> tuple[int, int, str]:
    candidate, steps = way
    role, kind = candidate.way
    return _RANK.index(verdict_of(steps)), BOTH_TYPES.index(kind), role.id


def _no_path(look: FirstLook, closer: CloserLook, findings: Findings) -> list[Step]:
    steps = list(without_candidate(look))
    if steps:
        return [*steps, *_own_groups(look, decisive=False)]
    own = list(_own_groups(look, decisive=True))
    others: list[Step] = []
    if look.question.sees_all:
        own += unread_groups(look, closer)
        others = [*other_bindings(look, closer, findings), *membership_steps(look, closer)]
    if any(step.check is Check.BINDING for step in findings.general):
        return [*own, *others]
    # A binding makes no role grantable, and helps no address that may not sign in.
    no_use = closer.is_grantable is False or any(
        step.check is Check.MEMBERSHIP and step.outcome is Outcome.FAIL for step in findings.general
    )
    return [_no_binding(look, own, is_useful=not no_use), *own, *others]


def _no_binding(look: FirstLook, groups: list[Step], *, is_useful: bool) -> Step:
    """No binding was found; that is certain only when everything was read."""
    missing = missing_binding(look)
    if not is_useful:
        missing = replace(missing, remedy="", command="")
    if look.is_silent:
        return replace(missing, outcome=Outcome.UNKNOWN, remedy=TRY_AGAIN, command="")
    if any(step.outcome is Outcome.UNKNOWN for step in groups):
        return replace(missing, outcome=Outcome.UNKNOWN)
    if isinstance(look.live_policy, Failed):
        return replace(missing, remedy="", command="")  # the project comes first
    return missing


def _own_groups(look: FirstLook, *, decisive: bool) -> Iterator[Step]:
    """Yield what could not be found out about the person's groups, and whether it matters."""
    subject = Subject.of(look.question)
    make = unknown if decisive else info
    remedy = advised(
        look.question, f"Give JIT Access access to these groups, or name {subject.name} directly."
    )
    if isinstance(look.principals, Failed):
        text = f"Google did not return {subject.groups}: {look.principals.message}."
        yield make(Check.MEMBERSHIP, text, TRY_AGAIN)
    for warning in look.unread_groups:
        yield make(Check.GROUP, warning, remedy if decisive else "")


def _index_steps(look: FirstLook, times: Times) -> Iterator[Step]:
    """Yield how old the lists may be; decisions and this explanation ask Google."""
    if times.indexed_at:
        is_old = times.now - times.indexed_at > OLD_INDEX
        remedy = "Run manage.py refresh_eligibility, and check the schedule of /cron/refresh."
        yield info(
            Check.INDEX,
            f"Lists of roles are as of {in_words(times.indexed_at.astimezone(UTC))}."
            " Requests and this page use the current bindings.",
            advised(look.question, remedy) if is_old else "",
        )

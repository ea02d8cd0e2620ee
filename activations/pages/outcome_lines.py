"""What came of several requests that were sent together, each told by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from activations.domain.refusals import OutcomePending
from activations.domain.states import Status
from activations.models import Request
from activations.pages.chosen_project import roles_url
from activations.pages.explain_links import why_url
from activations.pages.forms import RequestForm, new_key
from activations.pages.role_lines import reviewer_names, time_until
from activations.pages.wording import STATES, Words, short_role
from activations.people.access_facts import Accesses, accesses_of_requests
from activations.services.several_requests import NotSent, Part, Result
from eligibility.entitlements import ProjectRole
from eligibility.index.titles import role_titles

DONE = (Status.ACTIVE, Status.ACTIVATION_PENDING, Status.SCHEDULED, Status.PROVISIONING)


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """One request, or the reason why there is none."""

    part: Part
    names: str
    status: Words
    is_done: bool = False
    request: Request | None = None
    reason: str = ""
    why_url: str = ""
    until: datetime | None = None
    time_left: str = ""

    @property
    def project_id(self) -> str:
        return self.part.project_id

    @property
    def project_url(self) -> str:
        return roles_url(self.project_id)

    @property
    def url(self) -> str:
        return reverse("request", args=[self.request.id]) if self.request else ""

    @property
    def waiting_for(self) -> str:
        is_pending = self.status is STATES[Status.ACTIVATION_PENDING]
        return reviewer_names(self.request) if self.request and is_pending else ""


def outcome_lines(results: Sequence[Result], *, reader: str, now: datetime) -> list[OutcomeLine]:
    """Return one line for each result, in the same order."""
    titles = role_titles(role.role for result in results for role in result.part.roles)
    held = accesses_of_requests([one.request for one in results if one.request], now=now)
    return [_line(result, titles, held, reader, now) for result in results]


def _line(
    result: Result, titles: Mapping[str, str], held: Accesses, reader: str, now: datetime
) -> OutcomeLine:
    names = ", ".join(
        titles.get(role.role, "") or short_role(role.role) for role in result.part.roles
    )
    request, error = result.request, result.error
    if request is None:
        words = Words("Not sent" if isinstance(error, NotSent) else "Refused", "bad")
        why = why_url(error, reader=reader) if error else ""
        return OutcomeLine(result.part, names, words, reason=str(error), why_url=why)
    status = request.status(now)
    grants = list(request.grants.all())
    reason = next((grant.failure for grant in grants if grant.failure), "")
    if isinstance(error, OutcomePending):
        reason = str(error)
    ends = [end for grant in grants if (end := held.of(grant).until)]
    return OutcomeLine(
        part=result.part,
        names=names,
        status=STATES[status],
        is_done=status in DONE,
        request=request,
        reason=reason,
        until=min(ends, default=None) if status is Status.ACTIVE else None,
        time_left=time_until(min(ends, default=None), now),
    )


def retry_form(
    lines: Sequence[OutcomeLine],
    form: RequestForm,
    reviewers: Mapping[str, tuple[str, ...]],
    *,
    field_of: Callable[[ProjectRole], str],
) -> list[tuple[str, str]]:
    """Return the values of a form that sends the failed parts again, with a new key; none if all are done."""
    left = [line.part for line in lines if not line.is_done]
    if not left:
        return []
    values = [("key", new_key()), ("reviewers-shown", "yes"), *form.details.items()]
    for part in left:
        name = "approval" if part.needs_approval else "role"
        values += [(name, role.id) for role in part.roles]
        if part.needs_approval:
            role = part.roles[0]
            values += [(field_of(role), email) for email in reviewers.get(role.id) or ("",)]
    return values

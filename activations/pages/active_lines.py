"""The access that a person holds now on any project, formatted for the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from activations.domain.states import GrantState
from activations.domain.text import minutes_up
from activations.models import Grant, User
from activations.pages.chosen_project import roles_url
from activations.pages.role_lines import time_until
from activations.pages.running_grants import end_url, extend_url, is_ending
from activations.pages.wording import condition_summary, short_role
from activations.people.access_facts import held_by
from eligibility.index.titles import role_titles


@dataclass(frozen=True, slots=True)
class ActiveLine:
    """One access, named as the rows of eligible roles are."""

    grant: Grant
    now: datetime
    title: str = ""

    @property
    def role(self) -> str:
        return self.grant.role

    @property
    def short_name(self) -> str:
        return self.title or short_role(self.role)

    @property
    def project_id(self) -> str:
        return self.grant.project_id

    @property
    def project_url(self) -> str:
        return roles_url(self.project_id)

    @property
    def condition(self) -> str:
        return self.grant.resource_condition

    @property
    def condition_words(self) -> str:
        return condition_summary(self.condition)

    @property
    def ends(self) -> datetime:
        return self.grant.access_end

    @property
    def time_left(self) -> str:
        return time_until(self.ends, self.now)

    @property
    def minutes_left(self) -> int:
        return minutes_up(self.ends - self.now)

    @property
    def minutes_in_all(self) -> int:
        """The length of this access, which the bar shows in full."""
        return minutes_up(self.ends - self.grant.start_time)

    @property
    def is_ending(self) -> bool:
        return is_ending(self.grant, self.now)

    @property
    def request_url(self) -> str:
        return reverse("request", args=[self.grant.request_id])

    @property
    def end_url(self) -> str:
        return end_url(self.grant)

    @property
    def extend_url(self) -> str:
        return "" if self.is_ending else extend_url(self.grant)


def unconfirmed_lines(user: User, now: datetime) -> list[ActiveLine]:
    """Return what was requested and Google has not confirmed yet. Takes two queries."""
    grants = list(
        Grant.objects.of(user).filter(state=GrantState.PROVISIONING).order_by("start_time", "pk")
    )
    return lines_of(grants, now)


def active_lines(user: User, now: datetime) -> list[ActiveLine]:
    """Return what a person holds, the access that ends first on top. Takes two queries."""
    held = [group[0] for group in held_by(user, now=now)]
    return sorted(lines_of(held, now), key=lambda line: line.ends)


def lines_of(grants: Sequence[Grant], now: datetime) -> list[ActiveLine]:
    """Return a line for each of these grants, in the same order. Takes one query."""
    titles = role_titles(grant.role for grant in grants)
    return [ActiveLine(grant, now, titles.get(grant.role, "")) for grant in grants]

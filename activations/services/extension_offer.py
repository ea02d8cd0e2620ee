"""Which durations an extension can have, and when access would end: what its pages say before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from activations.domain.states import Status
from activations.domain.text import in_words, minutes_down, minutes_up
from activations.models import Grant, User
from activations.people.access_facts import access_of
from activations.services.listed_rules import requirements_of_role
from eligibility import providers
from eligibility.entitlements import ActivationType
from eligibility.judgement import markers_of
from eligibility.validity import Period, eligibility_end
from eligibility.validity import in_words as instant_in_words
from policies.rules.requirements import Requirements, Terms

# What an extension is offered for beyond the present end, if the usual duration is shorter.
MORE_MINUTES = 30


@dataclass(frozen=True, slots=True)
class Offer:
    """The durations of one extension in minutes from `now`, as the server will check them.

    `eligible_until` is the end of the eligibility, if it is within the longest duration.
    """

    grant: Grant
    now: datetime
    until: datetime
    required: Requirements
    eligible_until: datetime | None = None
    is_active: bool = True

    @property
    def terms(self) -> Terms:
        return self.required.terms

    @property
    def needs_approval(self) -> bool:
        return self.required.needs_approval

    @property
    def least(self) -> int:
        """The fewest minutes after which access would end later than it does."""
        return minutes_down(self.until - self.now) + 1

    @property
    def most(self) -> int:
        return self.terms.max_minutes

    @property
    def usual(self) -> int:
        left = minutes_up(self.until - self.now)
        return min(max(self.terms.default_minutes, left + MORE_MINUTES), self.most)

    @property
    def refusal(self) -> str:
        """Why it cannot be extended now; '' when it can."""
        if not self.is_active:
            return "This access has ended, or its end was requested. It cannot be extended"
        if self.eligible_until and self.eligible_until <= self.until:
            return (
                f"Your eligibility for this role ends at {instant_in_words(self.eligible_until)}."
                " The access cannot be extended"
            )
        if self.least > self.most:
            return (
                f"The access lasts for another {in_words(self.until - self.now)}, and an extension is"
                f" for at most {in_words(timedelta(minutes=self.most))} from now. Extend it later"
            )
        return ""

    def ends(self, minutes: int) -> datetime:
        """Return when access would end, if the extension began now."""
        end = self.now + timedelta(minutes=minutes)
        return min(end, self.eligible_until) if self.eligible_until else end


def extension_offer(*, grant: Grant, user: User, now: datetime) -> Offer:
    """Return what this grant's holder may ask for.

    :raises FactsMissing, UnusablePolicy, googlecloud.errors.GoogleCloudError: as `required_of_extension`.
    """
    now, required = now.replace(microsecond=0), required_of_extension(grant, user)
    wanted = Period.of(now, timedelta(minutes=required.terms.max_minutes))
    return Offer(
        grant,
        now,
        until=access_of(grant, now=now).until or grant.end_time,
        required=required,
        eligible_until=eligibility_end(grant.resource_condition, wanted),
        is_active=grant.status(now) is Status.ACTIVE and grant.ending_asked_at is None,
    )


def required_of_extension(grant: Grant, user: User) -> Requirements:
    """Return what the rules in force require of an extension of this grant, as of a new request.

    Calls Google only if rules depend on it, or if the grant does not show how the person holds the role.

    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    role = grant.project_role
    return requirements_of_role(user=user, role=role, activation_type=_marker(grant, user))


def _marker(grant: Grant, user: User) -> ActivationType:
    """Return the marker that decides about a new request; with both, self-approval takes precedence.

    A rule may have demanded the approval that was given, and break glass may have skipped one. Facts of lists
    are enough: each way to extend checks the person on live ones.
    """
    asked = grant.request
    if not (asked.needs_approval or asked.break_glass):
        return ActivationType.JIT
    facts = providers.recent_facts().facts(user=user.email, project_id=grant.project_id)
    is_jit = ActivationType.JIT in markers_of(facts, grant.project_role)
    return ActivationType.JIT if is_jit else ActivationType.MPA

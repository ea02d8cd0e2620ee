"""What was asked, and what Google answered, including the answers that did not come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.explaining.steps import Step
from eligibility.facts import AttachedPolicy, Facts, Principals
from eligibility.membership import HeldBinding, held_bindings
from eligibility.people import People


class Trouble(StrEnum):
    """Why there is no answer.

    `MISSING`: Google says that there is none. `REFUSED`: Google does not let JIT Access read it, and does
    not always say whether it exists. `SILENT`: Google failed, took too long or a quota is used up;
    asking again may help.
    """

    MISSING = "missing"
    REFUSED = "refused"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Failed:
    """A look-up without an answer; the message is for administrators."""

    trouble: Trouble
    message: str


@dataclass(frozen=True, slots=True)
class Question:
    """Whose eligibility for which role is explained; `resource_condition` '' means any.

    `sees_all` is for administrators: others read nothing but their own path.
    """

    user: str
    project_id: str
    role: str
    resource_condition: str = ""
    sees_all: bool = False
    is_about_oneself: bool = True


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What is asked for every project alike, whether it exists or not."""

    question: Question
    principals: Principals | Failed
    policies: tuple[AttachedPolicy, ...] | Failed
    live_policy: dict[str, Any] | Failed

    @property
    def facts(self) -> Facts:
        """Return the facts of a decision, without what could not be read."""
        question, principals, policies = self.question, self.principals, self.policies
        facts = Facts(
            question.user,
            question.project_id,
            Principals.of(question.user) if isinstance(principals, Failed) else principals,
            () if isinstance(policies, Failed) else policies,
        )
        live = self.live_policy
        return facts if isinstance(live, Failed) else facts.with_live_policy(live)

    @property
    def own_bindings(self) -> tuple[HeldBinding, ...]:
        """Return the bindings that act on the project and name the person or a group of theirs."""
        facts = self.facts
        return tuple(held_bindings(facts.policies, facts.principals))

    @property
    def shows_details(self) -> bool:
        """Whether the reader may learn more than that they have no binding on the project."""
        return self.question.sees_all or bool(self.own_bindings)

    @property
    def unread_groups(self) -> tuple[str, ...]:
        """Return what could not be found out about the person's groups, in words."""
        principals = self.principals
        return () if isinstance(principals, Failed) else principals.warnings

    @property
    def is_silent(self) -> bool:
        """Whether Google failed to answer something that asking again may answer."""
        answers = (self.principals, self.policies, self.live_policy)
        return any(
            isinstance(answer, Failed) and answer.trouble is Trouble.SILENT for answer in answers
        )

    @property
    def is_complete(self) -> bool:
        """Whether a binding of the person would have been found if there were one."""
        return not (self.is_silent or isinstance(self.principals, Failed) or self.unread_groups)


@dataclass(frozen=True, slots=True)
class CloserLook:
    """What is asked only for readers of the details.

    `state` is the project's, such as ACTIVE. `is_listed` tells whether the list of projects has it.
    `people` are those in the groups that are bound to the role. `above` are policies of folders and
    organization above the scope, as far as they can be read.
    """

    scope: str
    state: str | Failed
    is_listed: bool | Failed
    is_grantable: bool | None
    people: People | Failed
    above: tuple[AttachedPolicy, ...] = ()


RoleWay = tuple[ProjectRole, ActivationType]


@dataclass(frozen=True, slots=True)
class Findings:
    """Steps of the application above: of the person and role in general, and of each way to the role.

    `types` are the activation types that rules of the application turn ways into, where they differ.
    `other_addresses` are addresses of the same account that do not count; `account` is its id in the
    Directory, '' when the person has never signed in.
    """

    general: tuple[Step, ...] = ()
    of_way: Mapping[RoleWay, tuple[Step, ...]] = field(default_factory=dict)
    types: Mapping[RoleWay, ActivationType] = field(default_factory=dict)
    other_addresses: frozenset[str] = frozenset()
    account: str = ""

"""Asks Google for what an explanation needs: once for everybody, and once more for those who may know."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from eligibility.explaining.candidates import groups_to_read
from eligibility.explaining.looks import CloserLook, Failed, FirstLook, Question, Trouble
from eligibility.facts import AttachedPolicy, Principals
from eligibility.people import People
from googlecloud.calls import gather
from googlecloud.cloud import Cloud
from googlecloud.errors import Denied, GoogleCloudError, Invalid, NotFound

T = TypeVar("T")


class Groups(Protocol):
    """Tells a person's principals, with the groups on the way to each."""

    def with_paths(self, *, user: str) -> Principals: ...


class Members(Protocol):
    """Tells the people in groups."""

    def people(self, groups: Iterable[str]) -> People: ...


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """Google, as an explanation asks it.

    `throttle` is called in the caller's thread before each call to Cloud Asset, and may wait.
    `listed` are the ids of the projects that can be chosen; `is_grantable` takes a project's id and a
    role.
    """

    cloud: Cloud
    scope: str
    groups: Groups
    members: Members
    listed: Callable[[], Collection[str]]
    is_grantable: Callable[[str, str], bool | None]
    throttle: Callable[[], None] = lambda: None

    def first_look(self, question: Question) -> FirstLook:
        """Ask what is asked for every project alike, in one round: the same calls, existing or not.

        :raises QuotaExceeded: when the throttle has no room for a call soon.
        """
        self.throttle()
        project_id = question.project_id
        manager = self.cloud.resource_manager
        principals, policies, live = gather(
            partial(_try, partial(self.groups.with_paths, user=question.user)),
            partial(_try, partial(self._policies, project_id)),
            partial(_try, partial(manager.get_policy, project_id=project_id)),
        )
        return FirstLook(question, principals, policies, live)

    def closer_look(self, look: FirstLook, *, more_groups: Collection[str] = ()) -> CloserLook:
        """Ask what only readers of the details learn; `more_groups` are read as well."""
        project_id, role = look.question.project_id, look.question.role
        groups = groups_to_read(look).union(more_groups)
        (state, is_listed), (is_grantable, people), above = gather(
            lambda: gather(
                partial(_try, partial(self._state, project_id)),
                partial(_try, partial(self._is_listed, project_id)),
            ),
            lambda: gather(
                partial(self.is_grantable, project_id, role),
                partial(_try, partial(self.members.people, groups)),
            ),
            partial(_try, partial(self._above, look.question)),
        )
        return CloserLook(
            scope=self.scope,
            state=state,
            is_listed=is_listed,
            is_grantable=is_grantable,
            people=people,
            above=() if isinstance(above, Failed) else above,
        )

    def _policies(self, project_id: str) -> tuple[AttachedPolicy, ...]:
        return tuple(self.cloud.asset.effective_policies(scope=self.scope, project_id=project_id))

    def _state(self, project_id: str) -> str:
        return self.cloud.resource_manager.get_project(name=project_id).state

    def _is_listed(self, project_id: str) -> bool:
        return project_id in self.listed()

    def _above(self, question: Question) -> tuple[AttachedPolicy, ...]:
        if not question.sees_all or self.scope.startswith("organizations/"):
            return ()
        ancestors = self.cloud.ancestors
        return tuple(ancestors.policies_above(project_id=question.project_id, scope=self.scope))


def _try(ask: Callable[[], T]) -> T | Failed:
    try:
        return ask()
    except GoogleCloudError as error:
        # Sentences quote the message at their end, and Google ends most of its own with a full stop.
        return Failed(_trouble(error), str(error).rstrip("."))


def _trouble(error: GoogleCloudError) -> Trouble:
    if isinstance(error, NotFound):
        return Trouble.MISSING
    return Trouble.REFUSED if isinstance(error, Denied | Invalid) else Trouble.SILENT

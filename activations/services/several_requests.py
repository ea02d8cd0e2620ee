"""Requests roles of several projects at once: one request per project, and one for each role that needs approval."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from activations.domain import rules
from activations.domain.refusals import Moved, NotAllowed, OutcomePending
from activations.domain.request_details import RequestDetails
from activations.domain.rules import Refusal
from activations.iam.dependencies import Dependencies, current_limits
from activations.iam.quotas import TooManyRequests
from activations.models import Request
from activations.people.actor import Actor
from activations.services.approval_request import ApprovalInput, request_approval
from activations.services.self_activation import SelfActivation, self_activate
from eligibility.entitlements import ProjectRole
from eligibility.judgement import NotEligible
from googlecloud.errors import GoogleCloudError
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy

MOST_PROJECTS = 10
MOST_APPROVALS = 10
# Below the 60 seconds that load balancers usually wait; a request takes seconds.
TIME_TO_START = timedelta(seconds=40)

# Failures of one request, which do not stop the others.
TOLD = (
    *(Refusal, NotAllowed, NotEligible, Moved, TooManyRequests, FactsMissing, UnusablePolicy),
    *(OutcomePending, GoogleCloudError),
)


class NotSent(Exception):
    """The request was not made, because those before it took too long."""


@dataclass(frozen=True, slots=True)
class SeveralInput:
    """The unchecked input. `reviewers` are addresses by the id of the role that they review."""

    roles: tuple[str, ...]
    approvals: tuple[str, ...]
    details: RequestDetails
    idempotency_key: uuid.UUID
    reviewers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One request to make: roles of one project, or one role that needs approval."""

    roles: tuple[ProjectRole, ...]
    needs_approval: bool = False

    @property
    def project_id(self) -> str:
        return self.roles[0].project_id

    def key(self, form: uuid.UUID) -> str:
        """Return the idempotency key of this part: the same each time the same form is sent."""
        name = self.roles[0].id if self.needs_approval else self.project_id
        return str(uuid.uuid5(form, name))


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one part: the request, or why there is none or its outcome is not known."""

    part: Part
    request: Request | None = None
    error: Exception | None = None


def parts_of(asked: SeveralInput) -> tuple[Part, ...]:
    """Return the requests to make, by project; those that need approval last.

    :raises InvalidProjectRoleId: when a text is not the id of a role.
    :raises Refusal: when there are no roles, or too many projects or approvals.
    """
    by_project: dict[str, set[ProjectRole]] = defaultdict(set)
    for role in map(ProjectRole.parse, asked.roles):
        by_project[role.project_id].add(role)
    approvals = sorted({ProjectRole.parse(role_id) for role_id in asked.approvals})
    rules.check_any_role([*asked.roles, *asked.approvals])
    count = len({*by_project, *(role.project_id for role in approvals)})
    if count > MOST_PROJECTS:
        raise Refusal(f"Choose roles of at most {MOST_PROJECTS} projects, not {count}")
    if len(approvals) > MOST_APPROVALS:
        raise Refusal(
            f"Choose at most {MOST_APPROVALS} roles that need approval, not {len(approvals)}"
        )
    own = [Part(tuple(sorted(roles))) for _, roles in sorted(by_project.items())]
    return (*own, *(Part((role,), needs_approval=True) for role in approvals))


def check_details(details: RequestDetails) -> None:
    """Check what all parts share, before any of them is sent.

    :raises Refusal: when a value is missing or breaks one of the operator's limits.
    """
    rules.check_details(rules.recordable(details), limits=current_limits())


def request_one(
    part: Part, *, asked: SeveralInput, actor: Actor, dependencies: Dependencies
) -> Request:
    """Make the request of one part. Idempotent with the same form and part.

    :raises Exception: what `self_activate` and `request_approval` raise.
    """
    key = part.key(asked.idempotency_key)
    if part.needs_approval:
        return request_approval(
            asked=ApprovalInput(
                project_id=part.project_id,
                role_id=part.roles[0].id,
                reviewers=asked.reviewers.get(part.roles[0].id, ()),
                details=asked.details,
                idempotency_key=key,
            ),
            actor=actor,
            dependencies=dependencies,
        )
    return self_activate(
        asked=SelfActivation(
            project_id=part.project_id,
            role_ids=tuple(role.id for role in part.roles),
            details=asked.details,
            idempotency_key=key,
        ),
        actor=actor,
        dependencies=dependencies,
    )


def request_several(
    *, asked: SeveralInput, actor: Actor, dependencies: Dependencies
) -> tuple[Result, ...]:
    """Make all requests, one after the other, and return what came of each.

    Not side by side: each holds a database connection while it waits for Google, and instances may
    open few. An outage of the database is raised; sending the form again continues where it stopped.

    :raises InvalidProjectRoleId, Refusal: when nothing was sent, because the input is invalid.
    """
    check_details(asked.details)
    return tuple(_results(parts_of(asked), asked, actor, dependencies))


def _results(
    parts: tuple[Part, ...], asked: SeveralInput, actor: Actor, dependencies: Dependencies
) -> Iterator[Result]:
    begun = dependencies.clock()
    for part in parts:
        if dependencies.clock() - begun > TIME_TO_START:
            yield Result(part, error=NotSent("The other requests took too long. Try again"))
            continue
        try:
            made = request_one(part, asked=asked, actor=actor, dependencies=dependencies)
            yield Result(part, made)
        except TOLD as error:
            if isinstance(error, NotEligible):
                dependencies.forget(actor.user.email, part.project_id)
            yield Result(part, _recorded(part, asked, actor), error)


def _recorded(part: Part, asked: SeveralInput, actor: Actor) -> Request | None:
    """Return the request of a part that failed after it was recorded."""
    key = part.key(asked.idempotency_key)
    return Request.objects.of(actor.user).filter(idempotency_key=key).first()

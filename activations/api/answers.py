"""The shapes of the API's responses."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from activations.api.after_review_answers import AfterReviewAnswer
from activations.api.requirement_answers import Required, required
from activations.api.stage_answers import StageAnswer
from activations.domain.states import Status
from activations.models import Grant, Request, User
from activations.people.access_facts import Accesses
from activations.people.stage_progress import stages_of
from activations.services.role_list import RoleList
from activations.services.role_states import RoleRow
from eligibility.validity import Period, eligibility_end


@dataclass(frozen=True, slots=True)
class Person:
    """A person, by address."""

    email: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits that apply to everybody, and who the caller is."""

    justification_hint: str
    signed_in_user: Person
    application_version: str
    default_activation_timeout: int
    max_activation_timeout: int


@dataclass(frozen=True, slots=True)
class EligibleRole(Required):
    """A role that may be activated, its state, and what the access policy requires."""

    id: str
    name: str
    resource_condition: str | None
    activation_type: str
    status: str
    valid_until: datetime | None
    eligible_from: datetime | None
    eligible_until: datetime | None
    request_id: uuid.UUID | None

    @classmethod
    def of(cls, row: RoleRow) -> EligibleRole:
        return cls(
            **required(row.required),
            id=row.project_role.id,
            name=row.project_role.role,
            resource_condition=row.project_role.resource_condition or None,
            activation_type=row.activation_type.value,
            status=row.status,
            valid_until=row.valid_until,
            eligible_from=row.eligible_from,
            eligible_until=row.eligible_until,
            request_id=row.request_id,
        )


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of the caller on a project."""

    warnings: tuple[str, ...]
    entitlements: tuple[EligibleRole, ...]

    @classmethod
    def of(cls, found: RoleList) -> Roles:
        return cls(found.warnings, tuple(EligibleRole.of(row) for row in found.rows))


@dataclass(frozen=True, slots=True)
class ActivatedRole:
    """One role of a request; `accessEndTime` is as in a grant."""

    activation_id: str
    project_id: str
    id: str
    name: str
    resource_condition: str | None
    status: Status
    start_time: datetime
    end_time: datetime
    access_end_time: datetime | None

    @classmethod
    def of(cls, grant: Grant, held: Accesses, now: datetime) -> ActivatedRole:
        return cls(
            activation_id=grant.request.activation_id,
            project_id=grant.project_id,
            id=grant.project_role.id,
            name=grant.role,
            resource_condition=grant.resource_condition or None,
            status=grant.status(now),
            start_time=grant.start_time,
            end_time=grant.shown_end(now),
            access_end_time=held.of(grant).until,
        )

    @classmethod
    def asked_for(cls, request: Request, held: Accesses, now: datetime) -> ActivatedRole:
        """Before approval: the period that the role would have if it had been approved at once."""
        start = request.details.starts(request.requested_at)
        wanted = Period.of(start, request.duration)
        return cls(
            activation_id=request.activation_id,
            project_id=request.project_id,
            id=request.project_role.id,
            name=request.role,
            resource_condition=request.resource_condition or None,
            status=request.status(now),
            start_time=start,
            end_time=eligibility_end(request.resource_condition, wanted) or wanted.end,
            access_end_time=held.of_request(request).until,
        )


@dataclass(frozen=True, slots=True)
class ReviewOfRequest:
    """The decision of one reviewer."""

    reviewer: Person
    decision: str
    comment: str
    at: datetime
    on_behalf_of: str | None

    @classmethod
    def of(cls, request: Request) -> tuple[ReviewOfRequest, ...]:
        """All decisions, the first one first."""
        found = sorted(request.reviews.all(), key=lambda one: (one.decided_at, one.pk))
        return tuple(
            cls(
                Person(one.reviewer_email),
                one.decision,
                one.comment,
                one.decided_at,
                one.on_behalf_of or None,
            )
            for one in found
        )


@dataclass(frozen=True, slots=True)
class RequestAnswer:
    """A request in the original's format, with its state."""

    beneficiary: Person
    reviewers: tuple[Person, ...]
    is_beneficiary: bool
    is_reviewer: bool
    justification: str
    ticket: str | None
    ticket_url: str | None
    rule: str | None
    policy_sha256: str | None
    start_time: datetime | None
    entitlements: tuple[ActivatedRole, ...]
    request_id: uuid.UUID
    url: str
    status: Status
    activation_type: str
    requested_at: datetime
    expires_at: datetime | None
    reviews: tuple[ReviewOfRequest, ...]
    approvals: tuple[StageAnswer, ...]
    break_glass: bool
    after_review: AfterReviewAnswer | None

    @classmethod
    def of(cls, request: Request, *, viewer: User, held: Accesses, now: datetime) -> RequestAnswer:
        reviewers = sorted(request.reviewers.all(), key=lambda reviewer: reviewer.email)
        grants = sorted(request.grants.all(), key=lambda grant: grant.project_role.id)
        return cls(
            beneficiary=Person(request.beneficiary_email),
            # A person may be asked in several stages.
            reviewers=tuple(Person(email) for email in dict.fromkeys(r.email for r in reviewers)),
            is_beneficiary=request.belongs_to(viewer),
            is_reviewer=any(reviewer.is_(viewer) for reviewer in reviewers),
            justification=request.justification,
            ticket=request.ticket or None,
            ticket_url=request.ticket_url or None,
            rule=request.rule or None,
            policy_sha256=request.policy_sha256 or None,
            start_time=request.start_at,
            entitlements=tuple(ActivatedRole.of(grant, held, now) for grant in grants)
            or (ActivatedRole.asked_for(request, held, now),),
            request_id=request.id,
            url=request.url,
            status=request.status(now),
            activation_type=request.activation_type,
            requested_at=request.requested_at,
            expires_at=request.expires_at,
            reviews=ReviewOfRequest.of(request),
            approvals=tuple(StageAnswer.of(stage) for stage in stages_of(request)),
            break_glass=request.break_glass,
            after_review=AfterReviewAnswer.of(review) if (review := request.after_review) else None,
        )


@dataclass(frozen=True, slots=True)
class RequestList:
    """One page of requests, newest first."""

    requests: tuple[RequestAnswer, ...]
    next_page_token: str | None


@dataclass(frozen=True, slots=True)
class Peers:
    """Who may review: peers hold the same eligible role, managers are designated."""

    peers: tuple[Person, ...]
    managers: tuple[Person, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GrantAnswer:
    """One grant; `accessEndTime` is when the person's access to the role ends by all their grants."""

    id: uuid.UUID
    request_id: uuid.UUID
    activation_id: str
    project_id: str
    role: str
    resource_condition: str | None
    status: Status
    start_time: datetime
    end_time: datetime
    access_end_time: datetime | None
    end_reason: str | None
    failure: str | None
    ending_failure: str | None

    @classmethod
    def of(cls, grant: Grant, held: Accesses, now: datetime) -> GrantAnswer:
        status = grant.status(now)
        return cls(
            id=grant.id,
            request_id=grant.request_id,
            activation_id=grant.request.activation_id,
            project_id=grant.project_id,
            role=grant.role,
            resource_condition=grant.resource_condition or None,
            status=status,
            start_time=grant.start_time,
            end_time=grant.shown_end(now),
            access_end_time=held.of(grant).until,
            end_reason=grant.reason(now),
            failure=grant.failure or None,
            ending_failure=(grant.ending_failure or None) if status is Status.ACTIVE else None,
        )


@dataclass(frozen=True, slots=True)
class GrantList:
    """One page of grants, newest first."""

    grants: tuple[GrantAnswer, ...]
    next_page_token: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, and what to do."""

    message: str

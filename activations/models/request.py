"""A person's request for roles."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from activations.domain.chain import Mark
from activations.domain.request_details import RequestDetails
from activations.domain.states import Decision, RequestState, Status, request_status
from activations.models.quick_rows import QuickRows
from activations.models.statuses import NEEDS_APPROVAL, is_overdue, is_pending, request_has
from activations.models.user import User
from eligibility.entitlements import ActivationType, ProjectRole

if TYPE_CHECKING:
    from activations.models.after_review import AfterReview
    from activations.models.review import Review

# A week, the most that ACTIVATION_TIMEOUT can be; only adopted bindings are longer, and have an index of their own.
LONG_MINUTES = 7 * 24 * 60


class RequestQuerySet(models.QuerySet["Request"]):
    """Chainable conditions on requests."""

    def of(self, user: User) -> RequestQuerySet:
        return self.filter(beneficiary=user)

    def pending(self, now: datetime) -> RequestQuerySet:
        """Requests that can still be decided."""
        return self.filter(is_pending(now))

    def overdue(self, now: datetime) -> RequestQuerySet:
        """Requests that expired without a review, and whose row does not say so yet."""
        return self.filter(is_overdue(now))

    def undecided(self) -> RequestQuerySet:
        """Requests whose row says that they wait for a decision, expired or not."""
        return self.filter(state=RequestState.PENDING)

    def needing_approval(self) -> RequestQuerySet:
        return self.filter(NEEDS_APPROVAL)

    def with_status(self, status: Status, now: datetime) -> RequestQuerySet:
        """Requests whose `status(now)` is this one."""
        return self.filter(request_has(status, now))


class Request(QuickRows):
    """Roles on one project for some minutes with a justification; facts do not change.

    `beneficiary_email` is the address at that time, so that reports stay readable after people leave.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(
        max_length=12, choices=[(state.value, state.value) for state in RequestState]
    )
    activation_type = models.CharField(max_length=3, choices=[("JIT", "JIT"), ("MPA", "MPA")])
    # Unknown only for access that was found in IAM and adopted; see `channel`.
    beneficiary = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="requests",
    )
    beneficiary_email = models.CharField("beneficiary", max_length=254)
    project_id = models.CharField("project", max_length=128)
    # The one role for which approval is requested; a self-approved request has its roles as grants only.
    role = models.CharField(max_length=255, blank=True)
    resource_condition = models.TextField(blank=True)
    role_key = models.CharField(max_length=64, blank=True, editable=False)
    minutes = models.PositiveIntegerField()
    justification = models.CharField(max_length=1000)
    ticket = models.CharField(max_length=200, blank=True, default="", db_default="")
    # Where the ticket was at the time of the request; empty when the rule has no address.
    ticket_url = models.TextField(blank=True, default="", db_default="")
    # The strictest rule of the access policy that applied, and the hash of the policy; empty without one.
    rule = models.CharField(max_length=100, blank=True, default="", db_default="")
    policy_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    # The same when access was granted.
    granted_rule = models.CharField(max_length=100, blank=True, default="", db_default="")
    granted_policy_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    # When access should start; empty for at once.
    start_at = models.DateTimeField(null=True, blank=True)
    break_glass = models.BooleanField(default=False, db_default=False)
    # The stage of approval that is open, from 1; 0 when the rule has no stages. With the times of what was sent for it.
    stage = models.PositiveSmallIntegerField(default=0, db_default=0)
    stage_opened_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    # The minutes that were approved; empty until then, and for self-activation.
    granted_minutes = models.PositiveIntegerField(null=True, blank=True)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    extends = models.ForeignKey(
        "activations.Grant",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="extensions",
    )
    base_url = models.CharField(max_length=255, blank=True)
    channel = models.CharField(max_length=10)
    address = models.CharField("address of origin", max_length=64, blank=True)
    device_id = models.CharField(max_length=255, blank=True)
    access_levels = models.CharField(max_length=1000, blank=True)
    trace = models.CharField(max_length=255, blank=True)
    idempotency_key = models.CharField(max_length=128, blank=True)
    fingerprint = models.CharField(max_length=64)
    # The binding from which the request was adopted; empty for requests of people.
    adopted_key = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager[Request]] = RequestQuerySet.as_manager()

    # The last event that this process recorded about it; not a column.
    recorded: Mark | None = None

    class Meta:
        indexes = [
            models.Index(name="request_newest", fields=["-requested_at", "-id"]),
            models.Index(name="request_of_person", fields=["beneficiary", "-requested_at"]),
            models.Index(name="request_on_project", fields=["project_id", "-requested_at"]),
            models.Index(
                name="request_waiting",
                fields=["expires_at"],
                condition=Q(state=RequestState.PENDING.value),
            ),
            models.Index(name="request_by_email", fields=["beneficiary_email", "-requested_at"]),
            # For reports: those that reviewers were asked about, extensions, and break glass.
            models.Index(
                name="request_decisions",
                fields=["requested_at", "state", "decided_at", "expires_at"],
                condition=Q(activation_type="MPA", adopted_key=""),
            ),
            models.Index(
                name="request_extensions",
                fields=["requested_at", "beneficiary_email", "project_id"],
                condition=Q(extends__isnull=False),
            ),
            models.Index(
                name="request_break_glass",
                fields=["requested_at"],
                condition=Q(break_glass=True),
            ),
            models.Index(
                name="request_long",
                fields=["requested_at"],
                condition=Q(minutes__gt=LONG_MINUTES),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="request_state_known",
                condition=Q(state__in=[state.value for state in RequestState]),
            ),
            models.CheckConstraint(
                name="request_type_known", condition=Q(activation_type__in=["JIT", "MPA"])
            ),
            models.CheckConstraint(name="request_has_minutes", condition=Q(minutes__gte=1)),
            models.CheckConstraint(
                name="request_grants_at_most_what_was_asked",
                condition=Q(granted_minutes=None)
                | Q(granted_minutes__gte=1, granted_minutes__lte=F("minutes")),
            ),
            models.CheckConstraint(
                name="request_break_glass_is_jit",
                condition=Q(break_glass=False) | Q(activation_type="JIT"),
            ),
            models.CheckConstraint(name="request_is_justified", condition=~Q(justification="")),
            models.CheckConstraint(
                name="request_jit_is_approved",
                condition=~Q(activation_type="JIT") | Q(state=RequestState.APPROVED.value),
            ),
            models.CheckConstraint(
                name="request_has_beneficiary",
                condition=Q(beneficiary__isnull=False) | Q(channel="adopted"),
            ),
            models.CheckConstraint(
                name="request_mpa_names_role", condition=~Q(activation_type="MPA") | ~Q(role_key="")
            ),
            models.CheckConstraint(
                name="request_pending_expires",
                condition=~Q(state=RequestState.PENDING.value) | Q(expires_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="request_pending_once",
                fields=["beneficiary", "role_key"],
                condition=Q(state=RequestState.PENDING.value),
            ),
            models.UniqueConstraint(
                name="request_adopted_once",
                fields=["adopted_key"],
                condition=~Q(adopted_key=""),
            ),
            models.UniqueConstraint(
                name="request_sent_once",
                fields=["beneficiary", "idempotency_key"],
                condition=~Q(idempotency_key=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.beneficiary_email} on {self.project_id}"

    def get_absolute_url(self) -> str:
        return f"/requests/{self.id}"

    def belongs_to(self, user: User) -> bool:
        """Whether this account requested it; the address does not count."""
        return self.beneficiary_id is not None and self.beneficiary_id == user.pk

    @property
    def holder_email(self) -> str:
        """The requester's current address; the one at that time if the account is unknown."""
        return self.beneficiary.email if self.beneficiary else self.beneficiary_email

    @property
    def url(self) -> str:
        """The public link, under the base URL at the time of the request."""
        return f"{self.base_url}{self.get_absolute_url()}"

    @property
    def parent(self) -> Request | None:
        """The request whose grant this one extends."""
        return self.extends.request if self.extends else None

    @property
    def parent_id(self) -> uuid.UUID | None:
        return self.extends.request_id if self.extends else None

    @property
    def beneficiary_subject(self) -> str:
        return self.beneficiary.subject if self.beneficiary else ""

    @property
    def needs_approval(self) -> bool:
        """Whether somebody else has to approve it."""
        return self.activation_type == ActivationType.MPA

    @property
    def was_asked_here(self) -> bool:
        """Whether reviewers were asked here, rather than that it was adopted as approved."""
        return self.needs_approval and not self.adopted_key

    @property
    def last_review(self) -> Review | None:
        """The latest review: the one that decided, once the request is decided. Uses prefetched `reviews`."""
        return max(
            self.reviews.all(), key=lambda review: (review.decided_at, review.pk), default=None
        )

    def approvers(self) -> list[str]:
        """Return the addresses of those whose approvals count, in their order. Takes a query."""
        found = self.reviews.filter(decision=Decision.APPROVED, void_at=None).order_by("pk")
        return list(found.values_list("reviewer_email", flat=True))

    @property
    def minutes_at_most(self) -> int:
        """The minutes that were approved, or else requested."""
        return self.granted_minutes or self.minutes

    @property
    def after_review(self) -> AfterReview | None:
        """The review of break-glass access; None until access was granted. Uses the joined row."""
        return getattr(self, "opened_after_review", None) if self.break_glass else None

    @property
    def project_role(self) -> ProjectRole:
        """The role for which approval is requested; only requests of type MPA name one."""
        return ProjectRole(self.project_id, self.role, self.resource_condition)

    @property
    def activation_id(self) -> str:
        return f"{self.activation_type.lower()}-{self.id}"

    @property
    def details(self) -> RequestDetails:
        """Return what was requested apart from roles and reviewers."""
        return RequestDetails.of(self)

    @property
    def duration(self) -> timedelta:
        return self.details.duration

    def status(self, now: datetime) -> Status:
        """The status that the API and the pages show."""
        if self.state == RequestState.PENDING and self.expires_at and self.expires_at <= now:
            return Status.EXPIRED  # whether or not it is recorded yet
        grants = [grant.status(now) for grant in self.grants.all()]
        return request_status(RequestState(self.state), grants)

"""One time-bound binding that is, or should be, in IAM."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from activations.domain.chain import Mark
from activations.domain.states import EndReason, GrantState, Status, grant_status
from activations.models.quick_rows import QuickRows
from activations.models.request import Request
from activations.models.statuses import grant_has
from activations.models.user import User
from eligibility.entitlements import ProjectRole
from eligibility.validity import Period, eligibility_end


class GrantQuerySet(models.QuerySet["Grant"]):
    """Chainable conditions on grants."""

    def of(self, user: User) -> GrantQuerySet:
        return self.filter(request__beneficiary=user)

    def active(self, now: datetime) -> GrantQuerySet:
        return self.with_status(Status.ACTIVE, now)

    def open(self, now: datetime) -> GrantQuerySet:
        """Active grants, and those that are being granted."""
        return self.filter(grant_has(Status.ACTIVE, now) | grant_has(Status.PROVISIONING, now))

    def with_status(self, status: Status, now: datetime) -> GrantQuerySet:
        """Those whose `status(now)` is this one."""
        return self.filter(grant_has(status, now))

    def on(self, project_id: str) -> GrantQuerySet:
        return self.filter(project_id=project_id)


class Grant(QuickRows):
    """A role on a project for one person from start to end (exclusive).

    `end_time` is the end that this grant requested; `binding_end` is the end of the binding in IAM,
    which is later if another grant of the same access lasts longer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="grants")
    state = models.CharField(
        max_length=12, choices=[(state.value, state.value) for state in GrantState]
    )
    project_id = models.CharField("project", max_length=128)
    role = models.CharField(max_length=255)
    resource_condition = models.TextField(blank=True)
    # Conditions can exceed the size of an index entry, so the index has their hash.
    role_key = models.CharField(max_length=64, editable=False)
    beneficiary_email = models.CharField("beneficiary", max_length=254)
    # The address under which IAM shows the binding since the account was renamed; '' before that.
    renamed_to = models.CharField(max_length=254, blank=True, default="", db_default="")
    start_time = models.DateTimeField()
    end_time = models.DateTimeField()
    binding_end = models.DateTimeField(null=True, blank=True)
    binding_title = models.CharField(max_length=100, blank=True)
    binding_description = models.CharField(max_length=256, blank=True)
    binding_expression = models.TextField(blank=True)
    written_at = models.DateTimeField(null=True, blank=True)
    write_attempts = models.PositiveSmallIntegerField(default=0)
    etag_before = models.CharField(max_length=128, blank=True)
    etag_after = models.CharField(max_length=128, blank=True)
    eligible_by = models.JSONField("eligible by", default=list)
    eligible_at = models.CharField("eligibility attached to", max_length=255, blank=True)
    failure = models.TextField(blank=True)
    failure_kind = models.CharField(max_length=40, blank=True)
    # A requested end that is not in IAM yet: organization policies can refuse it.
    ending_asked_at = models.DateTimeField(null=True, blank=True)
    ending_asked_by = models.CharField(max_length=254, blank=True)
    ending_reason = models.CharField(max_length=16, blank=True)
    ending_comment = models.TextField(blank=True)
    ending_failure = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # When the binding was seen to be removed from the policy; the condition ends access before that.
    removed_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(
        max_length=16, blank=True, choices=[(reason.value, reason.value) for reason in EndReason]
    )

    objects: ClassVar[models.Manager[Grant]] = GrantQuerySet.as_manager()

    # The last event that this process recorded about it; not a column.
    recorded: Mark | None = None

    class Meta:
        indexes = [
            models.Index(name="grant_newest", fields=["-start_time", "-id"]),
            models.Index(name="grant_running", fields=["state", "end_time"]),
            models.Index(
                name="grant_to_clean",
                fields=["project_id"],
                condition=Q(state=GrantState.ENDED.value, removed_at=None),
            ),
            models.Index(name="grant_of_access", fields=["role_key", "beneficiary_email"]),
            models.Index(name="grant_on_project", fields=["project_id", "-start_time"]),
            models.Index(name="grant_by_email", fields=["beneficiary_email", "-start_time"]),
            models.Index(name="grant_by_role", fields=["role", "-start_time"]),
            # All that the report of activations by day reads.
            models.Index(
                name="grant_outcomes", fields=["start_time", "state", "end_reason", "end_time"]
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="grant_state_known",
                condition=Q(state__in=[state.value for state in GrantState]),
            ),
            models.CheckConstraint(
                name="grant_ends_after_start", condition=Q(end_time__gt=F("start_time"))
            ),
            models.CheckConstraint(
                name="grant_end_has_reason",
                condition=~Q(state=GrantState.ENDED.value) | ~Q(end_reason=""),
            ),
            models.CheckConstraint(
                name="grant_failure_has_message",
                condition=~Q(state=GrantState.FAILED.value) | ~Q(failure=""),
            ),
            models.UniqueConstraint(
                name="grant_scheduled_once",
                fields=["beneficiary_email", "role_key"],
                condition=Q(state=GrantState.SCHEDULED.value),
            ),
            models.UniqueConstraint(name="grant_once_per_request", fields=["request", "role_key"]),
        ]

    def __str__(self) -> str:
        return f"{self.role} on {self.project_id} for {self.beneficiary_email}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.role_key = self.project_role.key
        super().save(*args, **kwargs)

    @property
    def project_role(self) -> ProjectRole:
        return ProjectRole(self.project_id, self.role, self.resource_condition)

    @property
    def access_end(self) -> datetime:
        """When access ends according to the binding in IAM, else as planned."""
        return self.binding_end or self.end_time

    @property
    def is_cut(self) -> bool:
        """Whether it ends with the eligibility, earlier than requested."""
        wanted = Period.of(self.start_time, self.request.duration)
        return eligibility_end(self.resource_condition, wanted) == self.end_time

    def shown_end(self, now: datetime) -> datetime:
        """The end of access while the grant is active; afterwards, the end of this grant."""
        if self.status(now) is Status.ENDED:
            return self.ended_at or self.end_time
        return self.access_end

    def status(self, now: datetime) -> Status:
        """The status that the API and the pages show."""
        return grant_status(GrantState(self.state), is_over=self.end_time <= now)

    def reason(self, now: datetime) -> str | None:
        """Why it ended, or was withdrawn; the condition ends access even before we record it."""
        if self.status(now) is Status.WITHDRAWN:
            return self.end_reason
        if self.status(now) is not Status.ENDED:
            return None
        return self.end_reason or EndReason.EXPIRED.value

    def time_left(self, now: datetime) -> timedelta:
        """The remaining time; zero after the end."""
        return max(self.end_time - now, timedelta())

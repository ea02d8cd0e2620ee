"""Lets administrators revoke access with a reason, for one grant or many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from activations.admin.as_of import moment
from activations.admin.bulk_actions import BulkAction, BulkActionAdmin
from activations.admin.cells import utc, utc_text
from activations.admin.record import Fact, Group
from activations.domain.states import GrantState, Status
from activations.iam.dependencies import current_dependencies
from activations.iam.ledger import same_access
from activations.models import Event, Grant
from activations.people.access_facts import access_of
from activations.people.actor import actor_of
from activations.services.bulk_decisions import Outcome
from activations.services.end_access import revoke
from googlecloud.errors import GoogleCloudError

REVOKE = BulkAction(
    name="take_access_away",
    label="Revoke access…",
    record_label="Revoke access…",
    button="Revoke access",
    question="Revoke this access?",
    permission="activations.revoke_grant",
    explanation=(
        "All grants of the same person for the same role, condition and project end, including those"
        " that are not selected here. Scheduled ones are withdrawn. Other roles stay. The person is notified with your reason."
    ),
    comment_label="Reason (the same for all)",
    comment_needed="Enter the reason for revoking access",
    is_dangerous=True,
)
OVER = "The access has already ended"
UNCONFIRMED = "Google has not confirmed another request for this role, which may grant it again"
NEVER = "The access was never granted"
WHY_NOT = {
    Status.ENDED: OVER,
    Status.PROVISIONING: "The binding is being written: try again in a minute",
    Status.FAILED: NEVER,
    Status.WITHDRAWN: NEVER,
}


class RevocationAdmin(BulkActionAdmin):
    """The actions of administrators on grants."""

    bulk_actions = (REVOKE,)
    columns = ("Person", "Role", "Project", "Resource condition", "Until (UTC)", "Justification")

    def cells(self, row: Grant, request: HttpRequest) -> Sequence[object]:
        return (
            row.beneficiary_email,
            row.role,
            row.project_id,
            row.resource_condition or "all resources",
            utc(row.access_end),
            row.request.justification,
        )

    def objection(self, action: BulkAction, row: Any, request: HttpRequest) -> str:
        status = row.status(moment(request))
        if status is Status.ENDED and access_of(row, now=moment(request)).is_held:
            return ""
        return WHY_NOT.get(status, "")

    def carry_out(
        self, action: BulkAction, row: Grant, comment: str, request: HttpRequest
    ) -> Outcome:
        # Read again: the action on a previous row may have changed this one.
        grant = Grant.objects.select_related("request").get(pk=row.pk)
        was_held = access_of(grant, now=timezone.now()).is_held
        was_scheduled = grant.state == GrantState.SCHEDULED
        revoke(
            grant=grant,
            actor=actor_of(request),
            comment=comment,
            dependencies=current_dependencies(),
        )
        access = access_of(grant, now=timezone.now())
        if was_scheduled and not was_held:
            return Outcome("Withdrawn", "It had not started, so nothing was granted")
        if not was_held:
            return Outcome("Nothing to do", OVER, "ended")
        if access.unconfirmed:
            return Outcome("Not confirmed yet", UNCONFIRMED, "provisioning")
        if access.until:
            return Outcome("Still held", f"until {utc_text(access.until)}", "failed")
        return Outcome("Revoked", _seen(grant))

    def failed(self, action: BulkAction, error: GoogleCloudError) -> Outcome:
        words = f"Access may continue; the end is retried. Google said: {error}"
        return Outcome("Still active", words, "failed")


def _seen(grant: Grant) -> str:
    """Return what the last end of this access found in the policy."""
    ends = Event.objects.filter(grant_id__in=same_access(grant).values("pk"), kind="grant.ended")
    last = ends.order_by("-sequence").first()
    if last is not None and last.details.get("written"):
        return "The binding was removed from IAM"
    return f"IAM showed no binding of this access under an address of {grant.beneficiary_email}"


def ending(grant: Grant) -> Group:
    """Return a requested end, and why it has not happened; empty for most grants."""
    return Group(
        "End requested (UTC)",
        [
            Fact("Asked", utc(grant.ending_asked_at)),
            Fact("By", grant.ending_asked_by),
            Fact("As", grant.ending_reason),
            Fact("Because", grant.ending_comment),
            Fact("Google refused", grant.ending_failure),
            Fact("Now", "access may continue; the end is retried" if grant.ending_failure else ""),
        ],
    )

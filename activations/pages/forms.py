"""The values of the request form, which are shown again when the request is refused."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict

from activations.domain.request_details import CHOSEN, RequestDetails
from activations.domain.rules import Refusal
from activations.domain.starts import from_text
from activations.models import Request
from activations.pages.chosen_project import roles_url
from activations.people.addresses import current_addresses
from activations.services.approval_request import ApprovalInput
from activations.services.self_activation import SelfActivation
from eligibility.entitlements import ProjectRole


def new_key() -> str:
    """Return an idempotency key for one form, so that sending it twice creates one request."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class RequestForm:
    """The unchecked values of one form.

    Roles that people activate themselves and roles that need approval have different field names, so
    that the server need not look up the requirement of each role. `details` are the texts by the names
    of the fields of :class:`RequestDetails`.
    """

    project_id: str
    details: Mapping[str, str]
    roles: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    key: str = field(default_factory=new_key)
    # Nothing was typed yet, so the rules of the listed roles may suggest values.
    is_untouched: bool = False
    # The values are those of an earlier request, whose roles are chosen again.
    is_again: bool = False

    @classmethod
    def sent(cls, posted: QueryDict) -> RequestForm:
        details = {name: posted.get(name, "") for name in RequestDetails.names()}
        return cls(
            project_id=posted.get("projectId", "").strip(),
            details=details | {"minutes": details["minutes"].strip()},
            roles=tuple(posted.getlist("role")),
            approvals=tuple(dict.fromkeys(posted.getlist("approval"))),
            reviewers=tuple(posted.getlist("reviewer")),
            key=_key(posted.get("key", "")),
        )

    @classmethod
    def like(cls, earlier: Request) -> RequestForm:
        """Return a form with the values of an earlier request, to start at once."""
        needs_approval = earlier.needs_approval
        granted = tuple(grant.project_role.id for grant in earlier.grants.all())
        return cls(
            project_id=earlier.project_id,
            # An emergency, and a later start, are decided about each time.
            details=replace(earlier.details, break_glass=False, start_at=None).texts(),
            roles=() if needs_approval else granted,
            approvals=(earlier.project_role.id,) if needs_approval else (),
            reviewers=tuple(current_addresses(earlier.reviewers.all())),
            is_again=True,
        )

    @property
    def breaks_glass(self) -> bool:
        """Whether the person chose to activate the roles without approval, in an emergency."""
        return self.details.get("break_glass", "") == CHOSEN

    @property
    def chosen(self) -> frozenset[str]:
        """All chosen roles, with and without approval."""
        return frozenset(self.roles + self.approvals)

    def again(self) -> RequestForm:
        """Return the same values with a new key, so that sending them creates a new request."""
        return replace(self, key=new_key())

    def for_minutes(self, minutes: int) -> RequestForm:
        """Return the same values with another duration."""
        return replace(self, details={**self.details, "minutes": str(minutes)})

    def checked_details(self) -> RequestDetails:
        """Return the details with the minutes as a number and the start as an instant.

        :raises Refusal: when the minutes are not a number, or the start is not a date and time.
        """
        values: dict[str, Any] = {
            **self.details,
            "minutes": whole_minutes(self.details["minutes"]),
            "start_at": read_start(self.details["start_at"]),
            "break_glass": self.breaks_glass,
        }
        return RequestDetails(**values)

    def self_activation(self) -> SelfActivation:
        """Return the input of :func:`self_activate`.

        :raises Refusal: when the minutes are not a number.
        """
        return SelfActivation(
            project_id=self.project_id,
            role_ids=self.roles + (self.approvals if self.breaks_glass else ()),
            details=self.checked_details(),
            idempotency_key=self.key,
        )

    def approval_input(self) -> ApprovalInput:
        """Return the input of :func:`request_approval`.

        :raises Refusal: when the minutes are not a number.
        """
        return ApprovalInput(
            project_id=self.project_id,
            role_id="".join(self.approvals[:1]),
            reviewers=self.reviewers,
            details=self.checked_details(),
            idempotency_key=self.key,
        )

    def check_one_kind(self) -> None:
        """Check that the chosen roles fit into one request.

        :raises Refusal: when roles with and without approval, or several with approval, are chosen.
        """
        if not self.approvals or (len(self.approvals) == 1 and not self.roles):
            return
        names = " and ".join(_short_name(role_id) for role_id in self.approvals)
        others = (
            "the roles that you activate yourself, or only the one that needs approval"
            if self.roles
            else "one of them"
        )
        verb = "needs" if len(self.approvals) == 1 else "need"
        raise Refusal(
            f"{names} {verb} approval, which you request for one role at a time."
            f" Choose only {others}, and request the rest afterwards."
        )


def whole_minutes(text: str) -> int:
    """Parse a number of minutes.

    :raises Refusal: when the text is not a whole number.
    """
    if not (text.isascii() and text.isdigit()):
        raise Refusal("Enter the duration as a whole number of minutes")
    return int(text[:9])


def read_start(text: str) -> datetime | None:
    """Return the start that was typed, in the zone of `NOTIFICATION_TIMEZONE` if the text names none.

    :raises Refusal: when it is not a date and time.
    """
    return from_text(text, settings.NOTIFICATION_TIMEZONE) if text.strip() else None


def _short_name(role_id: str) -> str:
    return ProjectRole.parse(role_id).role.rpartition("roles/")[2]


def _key(text: str) -> str:
    """Return the key, or a new one if it is not a UUID."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return new_key()


@dataclass(frozen=True, slots=True)
class Attempt:
    """The action and the values of a form that was sent, and the link back to it."""

    action: str
    values: tuple[tuple[str, str], ...]
    back_url: str
    back_words: str


def note_retry_form(request: HttpRequest, attempt: Attempt) -> None:
    """Store the attempt on the request, where the error page reads it."""
    request.tried = attempt  # type: ignore[attr-defined]  # read by error.html


def request_retry_form(action: str, form: RequestForm) -> Attempt:
    """Return the request form with a new key, for another attempt."""
    again = form.again()
    values = (
        ("projectId", again.project_id),
        ("key", again.key),
        *(("role", role_id) for role_id in again.roles),
        *(("approval", role_id) for role_id in again.approvals),
        *(("reviewer", reviewer) for reviewer in again.reviewers),
        *again.details.items(),
    )
    return Attempt(action, values, roles_url(form.project_id), "Back to the roles")

"""What people typed into the request form, kept so that nothing has to be typed twice."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest, QueryDict

from activations.domain.request_details import RequestDetails
from activations.domain.rules import Refusal
from activations.models import Request
from activations.pages.chosen_project import roles_url
from activations.people.addresses import current_addresses
from activations.services.approval_request import ApprovalInput
from activations.services.self_activation import SelfActivation
from eligibility.entitlements import ProjectRole


def new_key() -> str:
    """A name for one form, so that the form sent twice makes one request."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class RequestForm:
    """One form as filled in, texts as they came.

    Roles to activate oneself and roles that need approval come under names of their own, so that
    nobody has to be asked which is which. `details` are the texts by the names of the fields of
    :class:`RequestDetails`.
    """

    project_id: str
    details: Mapping[str, str]
    roles: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    key: str = field(default_factory=new_key)

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
        """A form filled in as for an earlier request."""
        needs_approval = earlier.needs_approval
        granted = tuple(grant.project_role.id for grant in earlier.grants.all())
        return cls(
            project_id=earlier.project_id,
            details=earlier.details.texts(),
            roles=() if needs_approval else granted,
            approvals=(earlier.project_role.id,) if needs_approval else (),
            reviewers=tuple(current_addresses(earlier.reviewers.all())),
        )

    @property
    def chosen(self) -> frozenset[str]:
        """All roles chosen, whatever they need."""
        return frozenset(self.roles + self.approvals)

    def again(self) -> RequestForm:
        """The same values for another attempt: one that does not count as a repetition."""
        return replace(self, key=new_key())

    def for_minutes(self, minutes: int) -> RequestForm:
        """The same values with another duration."""
        return replace(self, details={**self.details, "minutes": str(minutes)})

    def asked_details(self) -> RequestDetails:
        """:raises Refusal: when the minutes are no number."""
        values: dict[str, Any] = {**self.details, "minutes": whole_minutes(self.details["minutes"])}
        return RequestDetails(**values)

    def asked(self) -> SelfActivation:
        """The request in the words of the service.

        :raises Refusal: when the minutes are no number.
        """
        return SelfActivation(
            project_id=self.project_id,
            role_ids=self.roles,
            details=self.asked_details(),
            idempotency_key=self.key,
        )

    def wish(self) -> ApprovalInput:
        """What others are asked to approve, in the words of the service.

        :raises Refusal: when the minutes are no number.
        """
        return ApprovalInput(
            project_id=self.project_id,
            role_id="".join(self.approvals[:1]),
            reviewers=self.reviewers,
            details=self.asked_details(),
            idempotency_key=self.key,
        )

    def check_one_kind(self) -> None:
        """:raises Refusal: when more is chosen than one request may hold."""
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
            f"{names} {verb} approval, which is asked for one role at a time."
            f" Choose only {others}, and request the rest afterwards."
        )


def whole_minutes(text: str) -> int:
    """:raises Refusal: when it is no number."""
    if not (text.isascii() and text.isdigit()):
        raise Refusal("Enter the duration as a whole number of minutes")
    return int(text[:9])


def _short_name(role_id: str) -> str:
    return ProjectRole.parse(role_id).role.rpartition("roles/")[2]


def _key(text: str) -> str:
    """A key that is not one of ours protects nobody: give a new one."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return new_key()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that was sent: where to, with what, and the way back."""

    action: str
    values: tuple[tuple[str, str], ...]
    back_url: str
    back_words: str


def note_retry_form(request: HttpRequest, attempt: Attempt) -> None:
    """Leave it where error pages look."""
    request.tried = attempt  # type: ignore[attr-defined]  # read by error.html


def request_retry_form(action: str, form: RequestForm) -> Attempt:
    """The request form once more, as another attempt."""
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

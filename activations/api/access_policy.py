"""The access policy in force, for administrators and auditors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from activations.api.endpoint import Endpoint, serve
from activations.domain.refusals import NotAllowed, NotAvailable
from activations.people.actor import user_of
from policies.services.active import active_policy, text_of


@dataclass(frozen=True, slots=True)
class ActiveAccessPolicy:
    """The text of the access policy in force, its SHA-256, and when it was activated."""

    sha256: str
    text: str
    activated_at: datetime


def access_policy(request: HttpRequest) -> ActiveAccessPolicy:
    """Return the version that decides, which is an earlier one while the newest cannot be read.

    :raises UnusablePolicy: when none of them can be read.
    """
    if not user_of(request).permissions.sees_history:
        raise NotAllowed("Only administrators and auditors may read the access policy")
    found = active_policy()
    if found is None:
        raise NotAvailable("No access policy is active")
    return ActiveAccessPolicy(found.sha256, text_of(found.sha256), found.activated_at)


access_policy_view = serve(
    Endpoint(
        "GET",
        "The access policy in force, for administrators and auditors",
        ActiveAccessPolicy,
        access_policy,
        errors=(403, 404, 503),
    )
)

"""The active access policy, for administrators and auditors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from activations.api.endpoint import Endpoint, serve
from activations.domain.refusals import NotAllowed, NotAvailable
from activations.people.actor import user_of
from policies.services.active import active_version


@dataclass(frozen=True, slots=True)
class ActiveAccessPolicy:
    """The text of the active access policy, its SHA-256, and when it was activated."""

    sha256: str
    text: str
    activated_at: datetime | None


def access_policy(request: HttpRequest) -> ActiveAccessPolicy:
    if not user_of(request).permissions.sees_history:
        raise NotAllowed("Only administrators and auditors may read the access policy")
    found = active_version()
    if found is None:
        raise NotAvailable("No access policy is active")
    return ActiveAccessPolicy(found.version.sha256, found.version.text, found.decided_at)


access_policy_view = serve(
    Endpoint(
        "GET",
        "The active access policy, for administrators and auditors",
        ActiveAccessPolicy,
        access_policy,
        errors=(403, 404),
    )
)

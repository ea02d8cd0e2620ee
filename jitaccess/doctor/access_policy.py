"""Whether the active access policy can be applied."""

from __future__ import annotations

from datetime import UTC

from jitaccess.doctor.check_result import CheckResult, ok, problem
from policies.services.active import UnusablePolicy, active_policy

ACCESS_POLICY = "Access policy"
REMEDY = (
    "Activate a document that this version of the application can apply: propose it under"
    " /admin/access-policy/, or import it."
)
COMMAND = "python manage.py access_policy import FILE --as-deployment"


def access_policy() -> CheckResult:
    """Return which policy is active, and why a newer one is not."""
    try:
        active = active_policy()
    except UnusablePolicy as error:
        return problem(
            ACCESS_POLICY, f"Nothing can be requested or approved. {error}", REMEDY, COMMAND
        )
    if active is None:
        return ok(ACCESS_POLICY, "none is active; the environment's values hold")
    if active.fault:
        return problem(ACCESS_POLICY, active.fault, REMEDY, COMMAND)
    at = active.activated_at.astimezone(UTC)
    return ok(
        ACCESS_POLICY,
        f"SHA-256 {active.sha256}, activated on {at:%Y-%m-%d %H:%M} UTC",
    )

"""What an error of Google's means for an operator, where the check itself has no better word."""

from __future__ import annotations

from googlecloud.errors import GoogleCloudError, NotAuthenticated, QuotaExceeded, Unavailable
from jitaccess.doctor.finding import Finding, problem, unknown
from jitaccess.doctor.target import Target

SWITCHED_OFF = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})
PERIMETER = "SECURITY_POLICY_VIOLATED"
EGRESS = frozenset({"DNS", "CONNECTION_FAILED", "CONNECT_TIMEOUT", "CERTIFICATE"})


def trouble(
    name: str,
    error: GoogleCloudError,
    *,
    target: Target,
    service: str,
    remedy: str = "",
    command: str = "",
) -> Finding:
    """The finding for an error; `remedy` and `command` are for the case that the cause is ours."""
    if error.reason in SWITCHED_OFF:
        remedy = f"Enable {service}.googleapis.com in the project of the application."
        return problem(name, str(error), remedy, target.enable(service))
    if error.reason == PERIMETER:
        remedy = "Let the service account through the perimeter by an ingress or egress rule."
        return problem(name, str(error), remedy)
    if error.reason in EGRESS:
        remedy = (
            f"Let the application reach {service}.googleapis.com (Private Google Access, firewall,"
            " proxy), or set GOOGLE_API_ENDPOINT to an address that it reaches."
        )
        return problem(name, str(error), remedy, f"curl -sI https://{service}.googleapis.com")
    if isinstance(error, QuotaExceeded):
        return unknown(name, str(error), "Look again in a minute; ask for more quota if it lasts.")
    if error.reason == "METADATA" or isinstance(error, NotAuthenticated):
        return problem(name, str(error), "First see to the line Service account.")
    if isinstance(error, Unavailable):
        return unknown(name, str(error), "Google is in trouble or slow: look again in a minute.")
    return problem(name, str(error), remedy, command)

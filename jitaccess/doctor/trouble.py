"""Translates an error of Google into a result, where the check has no more specific one."""

from __future__ import annotations

from googlecloud.errors import (
    SWITCHED_OFF,
    GoogleCloudError,
    NotAuthenticated,
    QuotaExceeded,
    Unavailable,
)
from jitaccess.doctor.check_result import CheckResult, problem, unknown
from jitaccess.doctor.target import Target

PERIMETER = "SECURITY_POLICY_VIOLATED"
EGRESS = frozenset({"DNS", "CONNECTION_FAILED", "CONNECT_TIMEOUT", "CERTIFICATE", "PROXY"})


def trouble(
    name: str,
    error: GoogleCloudError,
    *,
    target: Target,
    service: str,
    remedy: str = "",
    command: str = "",
) -> CheckResult:
    """Return the result for an error; `remedy` and `command` apply when our configuration is the cause."""
    if error.reason in SWITCHED_OFF:
        remedy = f"Enable {service}.googleapis.com in the project of the application."
        return problem(name, str(error), remedy, target.enable(service))
    if error.reason == PERIMETER:
        remedy = "Allow the service account through the perimeter with an ingress or egress rule."
        return problem(name, str(error), remedy)
    if error.reason in EGRESS:
        remedy = (
            f"Let the application reach {service}.googleapis.com (Private Google Access, firewall,"
            f" HTTPS_PROXY), or set GOOGLE_API_ENDPOINT_{service.upper()} or GOOGLE_API_ENDPOINT to an"
            " address that it can reach."
        )
        return problem(name, str(error), remedy, f"curl -sI https://{service}.googleapis.com")
    if isinstance(error, QuotaExceeded):
        return unknown(
            name, str(error), "Try again in a minute; request more quota if this persists."
        )
    if error.reason == "METADATA" or isinstance(error, NotAuthenticated):
        return problem(name, str(error), "First fix the line Service account.")
    if isinstance(error, Unavailable):
        return unknown(name, str(error), "Google has a problem or is slow. Try again in a minute.")
    return problem(name, str(error), remedy, command)

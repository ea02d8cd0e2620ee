"""Check of BASE_URL: that it is set, and what answers there."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from eligibility import providers
from googlecloud.addresses import is_loopback
from googlecloud.errors import GoogleCloudError
from googlecloud.front_door import is_answered_by_iap
from jitaccess.doctor.check_result import CheckResult, ok, problem, unknown
from jitaccess.doctor.target import Target

NAME = "Public address"


def public_address(_: Target) -> Iterator[CheckResult]:
    url = settings.BASE_URL
    if not url:
        yield problem(
            NAME,
            "BASE_URL is not set: every host is accepted, and links have the host of the request.",
            "Set BASE_URL to the address that people open.",
        )
        return
    yield _seen_from_outside(url)


def _seen_from_outside(url: str) -> CheckResult:
    command = f"curl -sI {url}"
    try:
        by_iap = is_answered_by_iap(url, providers.cloud_config())
    except GoogleCloudError as error:
        what = f"{url} could not be reached from here: {error.reason}. People may still reach it."
        remedy = "Check that BASE_URL is the address that people open."
        return unknown(NAME, what, remedy, command)
    if by_iap:
        return ok(NAME, f"{url}, where IAP answers strangers")
    if is_loopback(urlsplit(url).hostname or ""):
        return ok(NAME, f"{url}, on this machine")
    return unknown(
        NAME,
        f"{url} answers strangers without IAP's sign-in.",
        "Check that BASE_URL is the address that people open, and that IAP is switched on for it.",
        command,
    )

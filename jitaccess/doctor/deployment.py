"""Checks of service account, project, IAP audience, IAP keys and clock."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from eligibility import providers
from googlecloud.errors import GoogleCloudError
from googlecloud.iap_keys import IapKeys
from googlecloud.server_time import server_time
from jitaccess.doctor.check_result import CheckResult, ok, problem, unknown
from jitaccess.doctor.target import Target
from jitaccess.errors import NoAudience
from jitaccess.identity.assertion import expected_audiences
from jitaccess.runtime import Platform

METADATA = "http://metadata.google.internal/computeMetadata/v1"
ASK = f'curl -s -H "Metadata-Flavor: Google" {METADATA}'
GOOGLE = "https://cloudresourcemanager.googleapis.com/"
# Assertions of IAP are accepted when the clocks differ by at most 30 seconds.
MOST_SKEW = 20


def service_account(target: Target) -> Iterator[CheckResult]:
    name = "Service account"
    try:
        yield ok(name, target.cloud.metadata.service_account_email)
    except GoogleCloudError as error:
        kind = problem if settings.PLATFORM.has_ephemeral_disk else unknown
        yield kind(
            name,
            f"The metadata server does not return the service account: {error}",
            "Deploy with a service account (service_account in app.yaml, serviceAccountName in the"
            " service's YAML); elsewhere set GOOGLE_APPLICATION_CREDENTIALS.",
            f"{ASK}/instance/service-accounts/default/email",
        )


def project(target: Target) -> Iterator[CheckResult]:
    name, metadata = "Project", target.cloud.metadata
    try:
        yield ok(name, f"{metadata.project_id}, number {metadata.project_number}")
    except GoogleCloudError as error:
        kind = problem if settings.PLATFORM.has_ephemeral_disk else unknown
        yield kind(
            name,
            f"The metadata server does not return the project: {error}",
            "Check that the metadata server can be reached from here.",
            f"{ASK}/project/project-id",
        )


def audience(target: Target) -> Iterator[CheckResult]:
    name = "IAP audience"
    remedy = (
        "Set IAP_AUDIENCE to the audience of the IAP resource, or IAP_BACKEND_SERVICE_ID to the"
        " numeric id of the load balancer's backend service."
    )
    command = "gcloud compute backend-services list --global --format='value(name,id)'"
    try:
        expected = ", ".join(expected_audiences(target.cloud.metadata))
        yield ok(name, f"expects {expected}; the log of a refused request names the one that came")
    except NoAudience:
        if settings.PLATFORM is Platform.CLOUD_RUN:
            what = "Not checked: a job does not know the service that people use. The service's own page does."
            yield unknown(name, what, "Open /admin/doctor/.")
            return
        yield problem(
            name, "No audience is configured; all requests are rejected.", remedy, command
        )
    except GoogleCloudError as error:
        yield problem(name, f"It cannot be determined: {error}", remedy, command)


def variables(_: Target) -> Iterator[CheckResult]:
    """Yield a line for each variable that is probably misspelt, and nothing otherwise."""
    for near in settings.NEAR_NAMES:
        yield problem(
            "Variables",
            str(near),
            f"Rename {near.written} to {near.meant}, or remove it.",
        )


def iap_keys(_: Target) -> Iterator[CheckResult]:
    name, url = "IAP keys", settings.IAP_KEYS_URL
    try:
        IapKeys(url, config=providers.cloud_config()).get("")
        yield ok(name, f"read from {url}")
    except GoogleCloudError as error:
        yield problem(
            name,
            f"{error}. All requests are rejected.",
            f"Let the application reach {url}; in a perimeter or VPC this needs a separate route.",
            f"curl -sI {url}",
        )


def clock(target: Target) -> Iterator[CheckResult]:
    config = providers.cloud_config()
    name, url = "Clock", config.endpoint_of("cloudresourcemanager") or GOOGLE
    before = target.clock()
    try:
        there = server_time(url, config)
    except GoogleCloudError as error:
        yield unknown(name, f"Google's time could not be read: {error}")
        return
    here = before + (target.clock() - before) / 2
    skew = round((here - there).total_seconds())
    if abs(skew) <= MOST_SKEW:
        yield ok(name, f"within {max(abs(skew), 1)} s of Google's")
        return
    yield problem(
        name,
        f"{abs(skew)} s {'ahead of' if skew > 0 else 'behind'} Google's: requests are rejected, and"
        " access begins and ends at other times than shown.",
        "Synchronize this machine with a time server.",
        "timedatectl set-ntp true",
    )

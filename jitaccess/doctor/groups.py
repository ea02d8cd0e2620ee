"""Checks that the application can impersonate the reader of groups, read groups, and read nested ones."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from googlecloud.errors import GoogleCloudError, Invalid, NotAuthenticated, NotFound
from jitaccess.doctor.check_result import CheckResult, ok, problem, unknown
from jitaccess.doctor.target import Target
from jitaccess.doctor.trouble import SWITCHED_OFF, trouble

TOKEN, GROUPS, NESTED = "Self-impersonation", "Groups", "Nested groups"  # a heading
CREATOR = "roles/iam.serviceAccountTokenCreator"
MAY = "the service account may impersonate itself"
# Reasons of failures that occur before the Directory API is called.
NO_TOKEN = frozenset({"METADATA", "TOKEN", "NO_CREDENTIALS"})
LATER = "Not checked; fix the line above first."


def groups(target: Target) -> Iterator[CheckResult]:
    customer = settings.RESOURCE_CUSTOMER_ID
    try:
        group = target.cloud.directory.any_group(customer_id=customer)
    except GoogleCloudError as error:
        yield from _without_groups(target, error)
        return
    yield ok(TOKEN, MAY)
    yield ok(GROUPS, f"of {customer} can be read" + ("" if group else "; there are none"))
    yield _nested(target, group)


def _without_groups(target: Target, error: GoogleCloudError) -> Iterator[CheckResult]:
    if isinstance(error, NotAuthenticated) or error.reason in NO_TOKEN:
        yield _no_token(target, error)
        yield unknown(GROUPS, LATER)
    else:
        yield ok(TOKEN, MAY)
        yield _unreadable(target, error)
    yield unknown(NESTED, LATER)


def _no_token(target: Target, error: GoogleCloudError) -> CheckResult:
    if error.reason in NO_TOKEN | SWITCHED_OFF:
        return trouble(TOKEN, error, target=target, service="iamcredentials")
    return problem(
        TOKEN,
        f"The service account may not impersonate itself, which is required to read groups: {error}",
        f"Grant the service account {CREATOR} on itself.",
        f"gcloud iam service-accounts add-iam-policy-binding {target.account} {target.member}"
        f" --role={CREATOR} --project={target.project}",
    )


def _unreadable(target: Target, error: GoogleCloudError) -> CheckResult:
    if isinstance(error, Invalid | NotFound):
        return problem(
            GROUPS,
            f"The customer {settings.RESOURCE_CUSTOMER_ID} does not exist: {error}",
            "Set RESOURCE_CUSTOMER_ID to your customer ID, which the Admin console and this command show.",
            "gcloud organizations list --format='value(displayName,owner.directoryCustomerId)'",
        )
    return trouble(
        GROUPS,
        error,
        target=target,
        service="admin",
        remedy="In the Admin console, under Account, Admin roles, Groups Reader, assign the role to"
        f" the service account {target.account}.",
    )


def _nested(target: Target, group: str) -> CheckResult:
    if not group:
        return unknown(NESTED, "Not checked: there is no group.")
    try:
        target.cloud.directory.groups_of(member=group, customer_id=settings.RESOURCE_CUSTOMER_ID)
    except GoogleCloudError as error:
        return trouble(
            NESTED,
            error,
            target=target,
            service="admin",
            remedy="Nested groups cannot be read, so roles that people hold through them"
            f" are missing. Assign Groups Reader to {target.account} for all groups.",
        )
    return ok(NESTED, "can be read, at any depth")

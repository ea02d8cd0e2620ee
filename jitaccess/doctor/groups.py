"""Checks that the application can impersonate the reader of groups, and read groups and nested ones.

The last line says which API tells a person's groups: either is fine, so it is never a problem.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from googlecloud.errors import (
    SWITCHED_OFF,
    Denied,
    GoogleCloudError,
    Invalid,
    NotAuthenticated,
    NotFound,
    NotLicensed,
)
from jitaccess.doctor.check_result import CheckResult, State, ok, problem, unknown
from jitaccess.doctor.target import Target
from jitaccess.doctor.trouble import trouble

TOKEN, GROUPS, NESTED = "Self-impersonation", "Groups", "Nested groups"  # a heading
SOURCE = "Group source"
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
    yield _source(target, group)


def _without_groups(target: Target, error: GoogleCloudError) -> Iterator[CheckResult]:
    if isinstance(error, NotAuthenticated) or error.reason in NO_TOKEN:
        yield _no_token(target, error)
        yield unknown(GROUPS, LATER)
    else:
        yield ok(TOKEN, MAY)
        yield _unreadable(target, error)
    yield unknown(NESTED, LATER)
    yield unknown(SOURCE, LATER)


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


def _source(target: Target, group: str) -> CheckResult:
    if not group:
        return unknown(SOURCE, "Not checked: there is no group.")
    try:
        target.cloud.cloud_identity.groups_of(
            member=group, customer_id=settings.RESOURCE_CUSTOMER_ID
        )
    except NotLicensed as error:
        why = "this edition of Workspace or Cloud Identity does not include searches"
        return ok(SOURCE, f"the Directory API, because {why}: {error}")
    except (Denied, Invalid, NotFound) as error:
        return _without_search(target, error)
    except GoogleCloudError as error:
        return trouble(SOURCE, error, target=target, service="cloudidentity")
    return ok(SOURCE, "Cloud Identity; one call tells all groups of a person")


def _without_search(target: Target, error: GoogleCloudError) -> CheckResult:
    """Return that the Directory is asked, and what would allow the search; nothing has to be done."""
    what = f"the Directory API, because Cloud Identity refuses searches: {error}"
    if error.reason not in SWITCHED_OFF:
        return ok(SOURCE, what)
    remedy = (
        "Optional: enable cloudidentity.googleapis.com. Where the edition includes searches, one"
        " call then tells all groups of a person."
    )
    return CheckResult(SOURCE, State.OK, what, remedy, target.enable("cloudidentity"))

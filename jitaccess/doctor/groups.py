"""Groups: whether we may become the one who reads them, whether they are read, and the nested ones."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from googlecloud.errors import GoogleCloudError, Invalid, NotAuthenticated, NotFound
from jitaccess.doctor.finding import Finding, ok, problem, unknown
from jitaccess.doctor.target import Target
from jitaccess.doctor.trouble import SWITCHED_OFF, trouble

TOKEN, GROUPS, NESTED = "Self-impersonation", "Groups", "Nested groups"  # a heading
CREATOR = "roles/iam.serviceAccountTokenCreator"
MAY = "the service account may act as itself"
# Reasons of failures that come before any question about groups.
NO_TOKEN = frozenset({"METADATA", "TOKEN", "NO_CREDENTIALS"})
LATER = "Cannot be told before the line above is right."


def groups(target: Target) -> Iterator[Finding]:
    customer = settings.RESOURCE_CUSTOMER_ID
    try:
        group = target.cloud.directory.any_group(customer_id=customer)
    except GoogleCloudError as error:
        yield from _without_groups(target, error)
        return
    yield ok(TOKEN, MAY)
    yield ok(GROUPS, f"of {customer} are read" + ("" if group else "; there are none"))
    yield _nested(target, group)


def _without_groups(target: Target, error: GoogleCloudError) -> Iterator[Finding]:
    if isinstance(error, NotAuthenticated) or error.reason in NO_TOKEN:
        yield _no_token(target, error)
        yield unknown(GROUPS, LATER)
    else:
        yield ok(TOKEN, MAY)
        yield _unreadable(target, error)
    yield unknown(NESTED, LATER)


def _no_token(target: Target, error: GoogleCloudError) -> Finding:
    if error.reason in NO_TOKEN | SWITCHED_OFF:
        return trouble(TOKEN, error, target=target, service="iamcredentials")
    return problem(
        TOKEN,
        f"The service account may not act as itself, which reading groups takes: {error}",
        f"Give the service account {CREATOR} on itself.",
        f"gcloud iam service-accounts add-iam-policy-binding {target.account} {target.member}"
        f" --role={CREATOR} --project={target.project}",
    )


def _unreadable(target: Target, error: GoogleCloudError) -> Finding:
    if isinstance(error, Invalid | NotFound):
        return problem(
            GROUPS,
            f"There is no customer {settings.RESOURCE_CUSTOMER_ID}: {error}",
            "Set RESOURCE_CUSTOMER_ID to your own, as the Admin console and this command show it.",
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


def _nested(target: Target, group: str) -> Finding:
    if not group:
        return unknown(NESTED, "There is no group to ask about.")
    try:
        target.cloud.directory.groups_of(member=group, customer_id=settings.RESOURCE_CUSTOMER_ID)
    except GoogleCloudError as error:
        return trouble(
            NESTED,
            error,
            target=target,
            service="admin",
            remedy="The groups that a group is in cannot be read: roles that come through nested"
            f" groups are missing. Assign Groups Reader to {target.account} for all groups.",
        )
    return ok(NESTED, "are read too: groups count through any depth")

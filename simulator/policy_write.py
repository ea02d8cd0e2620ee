"""Stores the policies of setIamPolicy, and refuses invalid ones."""

import copy
from typing import Any

from simulator.company import Company
from simulator.errors import ApiError, invalid
from simulator.policy_form import as_requested
from simulator.policy_rules import check_policy
from simulator.resources import Policy, Resource, new_etag

DEFAULT_MASK = "bindings,etag"
CONFLICT = (
    "There were concurrent policy changes. Please retry the whole read-modify-write with "
    "exponential backoff. The request's ETag '{sent}' did not match the current policy's "
    "ETag '{current}'."
)


def write_policy(company: Company, resource: Resource, body: dict[str, Any]) -> Policy:
    """Store the policy of a setIamPolicy request; the caller holds the company's lock.

    :raises ApiError: 409 when the etag is not the current one, 400 when a rule is broken.
    """
    if "policy" not in body:
        raise invalid("Policy must be specified.")
    if resource.state != "ACTIVE":
        message = f"Resource {resource.name} is not active: {resource.state}."
        raise ApiError(400, message, name="FAILED_PRECONDITION")
    policy = body["policy"] or {}
    mask = read_mask(body.get("updateMask") or DEFAULT_MASK)
    check_etag(policy, resource)
    stored = copy.deepcopy(resource.policy)
    if "bindings" in mask:
        check_version(policy, resource)
        check_policy(company, policy, resource)
        bindings = copy.deepcopy(policy.get("bindings") or [])
        stored["bindings"] = [
            under_primary_addresses(company, binding)
            for binding in bindings
            if binding.get("members")
        ]
    if "auditConfigs" in mask:
        stored["auditConfigs"] = copy.deepcopy(policy.get("auditConfigs") or [])
    stored["etag"] = new_etag()
    resource.attach(stored, settled=False)
    return as_requested(stored, policy.get("version") or 1)


def under_primary_addresses(company: Company, binding: dict[str, Any]) -> dict[str, Any]:
    """Return the binding as IAM stores it: with primary addresses instead of aliases."""
    return binding | {"members": [primary(company, member) for member in binding["members"]]}


def primary(company: Company, member: str) -> str:
    """Return the member with the account's primary address if it names an alias."""
    kind, _, address = member.partition(":")
    account = company.account(address) if kind == "user" else None
    is_alias = account is not None and account.email.lower() != address.lower()
    return f"user:{account.email}" if account is not None and is_alias else member


def read_mask(mask: str) -> set[str]:
    """Return the fields to replace, without the prefix `policy.`.

    :raises ApiError: 400 for a field that cannot be replaced.
    """
    fields = {field.strip().removeprefix("policy.") for field in mask.split(",")}
    unknown = fields - {"bindings", "etag", "auditConfigs", "version"}
    if unknown:
        raise invalid(f"Invalid update mask: {', '.join(sorted(unknown))}.")
    return fields


def check_etag(policy: Policy, resource: Resource) -> None:
    """Refuse a write that is not based on the current policy; accept any without an etag."""
    sent, current = policy.get("etag"), resource.policy["etag"]
    if sent and sent != current:
        raise ApiError(409, CONFLICT.format(sent=sent, current=current))


def check_version(policy: Policy, resource: Resource) -> None:
    """Refuse conditions, or a write with an etag over conditions, in any version but 3."""
    version = policy.get("version") or 0
    if version not in (0, 1, 3):
        raise invalid(f"Invalid policy version: {version}. Valid values are 0, 1 and 3.")
    if version == 3:
        return
    if has_conditions(policy):
        raise invalid(
            f"Policy version {version} does not support conditional role bindings. "
            "Set the version to 3 to use conditions."
        )
    if policy.get("etag") and has_conditions(resource.policy):
        raise invalid(
            f"The existing policy has conditional role bindings; it cannot be replaced by one of "
            f"version {version}. Read and write the policy with version 3."
        )


def has_conditions(policy: Policy) -> bool:
    """Return whether any binding is conditional."""
    return any(binding.get("condition") for binding in policy.get("bindings") or [])

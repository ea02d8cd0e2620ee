"""Checks the members of bindings: the form of all, the existence of new ones."""

from simulator.company import Company
from simulator.errors import ApiError, invalid
from simulator.resources import Resource

PUBLIC = ("allUsers", "allAuthenticatedUsers")
TYPES = ("user", "group", "serviceAccount", "domain", "principal", "principalSet", "deleted")
LEGACY_TYPES = ("projectOwner", "projectEditor", "projectViewer")


def check_spelling(member: str, resource: Resource, *, conditional: bool) -> None:
    """Refuse a member that is not a valid principal.

    :raises ApiError: 400.
    """
    if member in PUBLIC:
        if conditional or resource.kind == "projects":
            raise invalid(f"Member {member} is not supported for this resource.")
        return
    kind, separator, value = member.partition(":")
    if not separator or not value or kind not in TYPES + LEGACY_TYPES:
        raise invalid('Policy members must be of the form "<type>:<value>".')


def check_new_member(company: Company, role: str, member: str) -> None:
    """Refuse a new member that does not exist or may not be added.

    :raises ApiError: 400.
    """
    kind, _, value = member.partition(":")
    key = value.lower()
    if kind == "deleted":
        raise invalid(f"Deleted member {member} cannot be added to a policy.")
    if kind == "user" and company.account(key) is None:
        raise invalid(f"User {value} does not exist.")
    if kind == "group" and key not in company.groups:
        raise invalid(f"Group {value} does not exist.")
    if kind == "serviceAccount" and not key.endswith((".gserviceaccount.com", "]")):
        raise invalid(f"Service account {value} does not exist.")
    if kind == "domain" and key not in company.domains:
        raise invalid(f"Domain {value} does not exist.")
    if kind == "user":
        check_new_user(company, role, member)


def check_new_user(company: Company, role: str, member: str) -> None:
    """Refuse external users: as owners always, in any role if the organization policy says so.

    :raises ApiError: 400.
    """
    email = member.partition(":")[2]
    account = company.account(email)
    if account is None or not account.external:
        return
    if role == "roles/owner":
        detail = {
            "@type": "type.googleapis.com/google.cloudresourcemanager.v1.ProjectIamPolicyError",
            "type": "SOLO_MUST_INVITE_OWNERS",
            "member": member,
            "role": role,
        }
        raise ApiError(400, "Request contains an invalid argument.", details=[detail])
    if company.members_must_be_ours:
        raise foreign_member(email)


def foreign_member(email: str) -> ApiError:
    """Return the error of the constraint on allowed domains."""
    violation = {
        "type": "constraints/iam.allowedPolicyMemberDomains",
        "subject": f"orgpolicy:?configvalue={email}",
        "description": f"User {email} is not in permitted organization.",
    }
    detail = {
        "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
        "violations": [violation],
    }
    message = "One or more users named in the policy do not belong to a permitted customer."
    return ApiError(400, message, name="FAILED_PRECONDITION", details=[detail])

"""The Directory API: direct groups of a member, direct members of a group."""

import re
from typing import Any

from simulator.company import Company
from simulator.errors import ApiError
from simulator.google_api import ApiCall, GoogleRoute, google_api
from simulator.paging import page, with_token
from simulator.people import Group

LARGEST_PAGE = 200
MEMBER_KEY = re.compile(r"memberKey\s*=\s*'?([^\s']+)'?", re.IGNORECASE)


def list_groups(call: ApiCall) -> dict[str, Any]:
    """groups.list."""
    company = call.world.company
    check_customer(call)
    if call.text("userKey"):
        raise ApiError(403, "Not Authorized to access this resource/api")
    with company.lock:
        found = matching_groups(company, call.text("query"))
    part, token = page(call.world, found, size=page_size(call), token=call.text("pageToken"))
    groups = [as_group(group) for group in part]
    return {"kind": "admin#directory#groups"} | with_token({"groups": groups}, token)


def check_customer(call: ApiCall) -> None:
    """Refuse any customer id or domain but this company's."""
    customer, domain = call.text("customer"), call.text("domain")
    company = call.world.company
    if not customer and not domain:
        raise ApiError(400, "Bad Request", reason="badRequest")
    if customer and customer not in ("my_customer", company.customer_id):
        raise ApiError(400, "Invalid Input: customer")
    if domain and domain != company.domain:
        raise ApiError(404, "Domain not found.")


def matching_groups(company: Company, query: str) -> list[Group]:
    """Return the company's groups, all or those of a member.

    :raises ApiError: 400 for another query, 404 for an unknown member of our domain.
    """
    own = [group for group in company.groups.values() if not group.external]
    if not query:
        return own
    match = MEMBER_KEY.fullmatch(query.strip())
    if match is None:
        raise ApiError(400, "Invalid Input: query")
    key = match[1].lower()
    account = company.account(key)
    names = {key} if account is None else {account.email.lower(), *map(str.lower, account.aliases)}
    known = account is not None or key in company.groups
    if not known and key.endswith(f"@{company.domain}"):
        raise ApiError(404, "Resource Not Found: memberKey")
    return [group for group in own if names & set(map(str.lower, group.members))]


def list_members(call: ApiCall) -> dict[str, Any]:
    """members.list."""
    company = call.world.company
    with company.lock:
        group = visible_group(company, call.path["groupKey"])
        members = [as_member(company, member) for member in group.members]
    wanted = set(filter(None, call.text("roles").split(",")))
    members = [member for member in members if not wanted or member["role"] in wanted]
    part, token = page(call.world, members, size=page_size(call), token=call.text("pageToken"))
    return {"kind": "admin#directory#members"} | with_token({"members": list(part)}, token)


def visible_group(company: Company, key: str) -> Group:
    """Return the group with that address or id.

    :raises ApiError: 404 when there is none, 403 when it is another customer's.
    """
    group = company.groups.get(key.lower()) or next(
        (group for group in company.groups.values() if group.id == key), None
    )
    if group is None and key.lower().endswith(f"@{company.domain}"):
        raise ApiError(404, "Resource Not Found: groupKey")
    if group is None or group.external:
        raise ApiError(403, "Not Authorized to access this resource/api")
    return group


def page_size(call: ApiCall) -> int:
    """Return the requested number of items on a page.

    :raises ApiError: 400 beyond the documented range.
    """
    size = call.number("maxResults", LARGEST_PAGE)
    if not 1 <= size <= LARGEST_PAGE:
        raise ApiError(400, f"Invalid value '{size}'. Values must be within the range: [1, 200]")
    return size


def as_group(group: Group) -> dict[str, Any]:
    """Return a group in the form of the API."""
    return {
        "kind": "admin#directory#group",
        "id": group.id,
        "etag": f'"{group.id}"',
        "email": group.email,
        "name": group.email.partition("@")[0],
        "directMembersCount": str(len(group.members)),
        "description": "",
        "adminCreated": True,
    }


def as_member(company: Company, member: str) -> dict[str, Any]:
    """Return a member in the form of the API; a CUSTOMER member has no address."""
    kind = {"kind": "admin#directory#member", "role": "MEMBER"}
    if member == "CUSTOMER":
        return kind | {"id": company.customer_id, "type": "CUSTOMER", "status": "ACTIVE"}
    if (group := company.groups.get(member.lower())) is not None:
        return kind | {"id": group.id, "email": member, "type": "GROUP", "status": "ACTIVE"}
    user = company.account(member)
    identity = {"id": f"m{abs(hash(member)):020d}", "email": member}
    if user is not None:
        identity["id"] = user.id
    if user is None and member.lower().endswith(".gserviceaccount.com"):
        # Google lists service accounts as users.
        return kind | identity | {"type": "USER", "status": "ACTIVE"}
    if user is None or user.external:
        return kind | identity | {"type": "EXTERNAL"}
    status = "SUSPENDED" if user.suspended else "ACTIVE"
    return kind | identity | {"type": "USER", "status": status}


def routes() -> list[GoogleRoute]:
    """Return the routes of this service."""
    handlers = {"groups.list": list_groups, "members.list": list_members}
    return google_api("admin.directory_v1", handlers, legacy=True)

"""The Cloud Identity API: searches through nested groups, for licensed customers only."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from simulator.company import Company
from simulator.errors import ApiError, invalid
from simulator.google_api import ApiCall, GoogleRoute, google_api
from simulator.paging import listed, page, with_token
from simulator.people import Group

DEFAULT_PAGE, LARGEST_PAGE = 200, 1000
LABEL = "cloudidentity.googleapis.com/groups.discussion_forum"
STRING = r"'((?:[^'\\]|\\.)*)'"
CLAUSES = {
    "member": re.compile(rf"member_key_id\s*==\s*{STRING}"),
    "label": re.compile(rf"{STRING}\s+in\s+labels"),
    "parent": re.compile(rf"parent\s*==\s*{STRING}"),
}
QUERY = re.compile(rf"(?:[^'&]|{STRING})+")
NOT_LICENSED = "Error(3005): The edition of the account does not include this feature."
OTHER_ACCOUNT = "Error(3006): The edition of the member's account does not include this feature."


def search_transitive_groups(call: ApiCall) -> dict[str, Any]:
    """groups.memberships.searchTransitiveGroups."""
    company = call.world.company
    wanted = clauses(call.text("query"))
    check_licence(call)
    if call.path["parent"] != "groups/-":
        raise invalid("Request contains an invalid argument.")
    with company.lock:
        names = names_of(company, wanted["member"])
        parents = listed(call.world, ("parents",), lambda: groups_by_member(company))
        found = transitive(names, lambda name: parents.get(name, ()))
        relations = [as_group_relation(company, email, found[email]) for email in found]
        shown = groups_shown(company, found, wanted.get("parent", ""))
    ours = [relation for relation in relations if relation["groupKey"]["id"].lower() in shown]
    return answer(call, ours)


def search_transitive_memberships(call: ApiCall) -> dict[str, Any]:
    """groups.memberships.searchTransitiveMemberships."""
    company = call.world.company
    check_licence(call)
    with company.lock:
        group = own_group(company, lambda each: f"groups/{each.id}" == call.path["parent"])
        found = transitive({group.email.lower()}, lambda name: members_in(company, name))
        listed = [as_member_relation(company, email, found[email]) for email in found]
    return answer(call, listed)


def look_up(call: ApiCall) -> dict[str, Any]:
    """groups.lookup."""
    company, key = call.world.company, call.text("groupKey.id").lower()
    with company.lock:
        group = own_group(company, lambda each: each.email.lower() == key)
    return {"name": f"groups/{group.id}"}


def clauses(query: str) -> dict[str, str]:
    """The clauses of a query, by name.

    :raises ApiError: 400 for what is not a conjunction of known clauses with member and label.
    """
    found: dict[str, str] = {}
    for part in (match[0].strip() for match in QUERY.finditer(query)):
        for name, clause in CLAUSES.items():
            if match := clause.fullmatch(part):
                found[name] = re.sub(r"\\(.)", r"\1", match[1])
    if len(found) != query.count("&&") + 1 or "member" not in found or found.get("label") != LABEL:
        raise invalid("Error(4001): Request contains an invalid query.")
    return found


def check_licence(call: ApiCall) -> None:
    """Refuse customers whose edition lacks the search.

    :raises ApiError: 403.
    """
    if not call.world.searches_groups:
        raise ApiError(403, NOT_LICENSED)


def names_of(company: Company, key: str) -> set[str]:
    """The addresses of a member.

    :raises ApiError: 403 for strangers, whose account has another customer, and for unknown members.
    """
    account = company.account(key)
    if account is None and key.lower() in company.groups:
        return {key.lower()}
    if account is None or account.external:
        raise ApiError(403, OTHER_ACCOUNT)
    return {account.email.lower(), *map(str.lower, account.aliases)}


def groups_shown(company: Company, found: Iterable[str], parent: str) -> set[str]:
    """The found groups of the customer in the query.

    :raises ApiError: 403 for another customer, or when a group of another customer would be shown.
    """
    if parent and parent != f"customers/{company.customer_id}":
        raise ApiError(403, "Error(4013): Permission denied for the customer.")
    external = {email for email in found if company.groups[email].external}
    if external and not parent:
        raise ApiError(403, "Error(4013): Insufficient permissions to retrieve memberships.")
    return set(found) - external


def own_group(company: Company, is_wanted: Callable[[Group], bool]) -> Group:
    """The company's group.

    :raises ApiError: 403 when there is none.
    """
    for group in company.groups.values():
        if not group.external and is_wanted(group):
            return group
    message = "Error(2028): Permission denied for resource groups (or it may not exist)."
    raise ApiError(403, message)


def transitive(start: set[str], step: Callable[[str], Iterable[str]]) -> dict[str, str]:
    """What can be reached from `start`, with the relation to it."""
    direct = {other for name in start for other in step(name)}
    indirect: set[str] = set()
    waiting = list(direct)
    while waiting:
        fresh = set(step(waiting.pop())) - indirect
        indirect |= fresh
        waiting.extend(fresh)
    kinds = {True: "DIRECT_AND_INDIRECT", False: "DIRECT"}
    relations = {name: kinds[name in indirect] for name in sorted(direct)}
    return relations | dict.fromkeys(sorted(indirect - direct), "INDIRECT")


def groups_by_member(company: Company) -> dict[str, list[str]]:
    """The groups with each direct member."""
    found: dict[str, list[str]] = {}
    for key, group in company.groups.items():
        for member in {each.lower() for each in group.members}:
            found.setdefault(member, []).append(key)
    return found


def members_in(company: Company, name: str) -> list[str]:
    """The direct members of a group that have an address."""
    group = company.groups.get(name)
    return [] if group is None else [each.lower() for each in group.members if each != "CUSTOMER"]


def as_group_relation(company: Company, email: str, relation: str) -> dict[str, Any]:
    """A group as Google prints it."""
    group = company.groups[email]
    return {
        "group": f"groups/{group.id}",
        "groupKey": {"id": group.email},
        "displayName": group.email.partition("@")[0],
        "labels": {LABEL: ""},
        "relationType": relation,
        "roles": [{"role": "MEMBER"}],
    }


def as_member_relation(company: Company, email: str, relation: str) -> dict[str, Any]:
    """A member as Google prints it: neither status nor kind."""
    group, user = company.groups.get(email), company.account(email)
    name = f"groups/{group.id}" if group else f"users/{user.id if user else abs(hash(email))}"
    return {
        "member": name,
        "preferredMemberKey": [{"id": email}],
        "relationType": relation,
        "roles": [{"role": "MEMBER"}],
    }


def answer(call: ApiCall, listed: list[dict[str, Any]]) -> dict[str, Any]:
    """One page.

    :raises ApiError: 400 beyond the documented size.
    """
    size = call.number("pageSize", DEFAULT_PAGE)
    if not 1 <= size <= LARGEST_PAGE:
        raise invalid("Request contains an invalid argument.")
    part, token = page(call.world, listed, size=size, token=call.text("pageToken"))
    return with_token({"memberships": list(part)}, token)


def routes() -> list[GoogleRoute]:
    """What this service answers."""
    handlers = {
        "groups.lookup": look_up,
        "groups.memberships.searchTransitiveGroups": search_transitive_groups,
        "groups.memberships.searchTransitiveMemberships": search_transitive_memberships,
    }
    return google_api("cloudidentity.v1", handlers)

"""The Cloud Identity API: groups of a member and groups inside a group, nested ones included.

Google answers these searches only for customers whose edition includes them: Workspace Enterprise
Standard, Enterprise Plus and Enterprise for Education, and Cloud Identity Premium. All others get 403.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from googlecloud.calls import Calls, Json, pages
from googlecloud.errors import Denied, NotFound, NotLicensed
from googlecloud.names import email_address

_PAGE = 1000
_DENIED = "Access to Cloud Identity API was denied"
# Google refuses a query without a label. All Google Groups have this one; groups that are mapped
# from another directory, which IAM does not know, lack it.
_LABEL = "cloudidentity.googleapis.com/groups.discussion_forum"
# No reason for programs tells these refusals from a missing permission.
_NOT_LICENSED = re.compile(r"\bError\(300[56]\)")
_INDIRECT_ONLY = "INDIRECT"


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """A group that contains a member, directly or through other groups."""

    email: str
    is_direct: bool


class CloudIdentity:
    """Client for the Cloud Identity API; reads every page of a list."""

    def __init__(self, calls: Calls, groups: Any) -> None:
        self._calls = calls
        self._groups = groups
        self._memberships = groups.memberships()

    def groups_of(self, *, member: str, customer_id: str) -> list[FoundGroup]:
        """Return the customer's groups that contain `member`, at any depth, with addresses in lower case.

        :raises NotLicensed: when the edition of the member's account does not include the search.
        :raises Denied: when the API is disabled, or a group may not be viewed.
        :raises GoogleCloudError: when the Cloud Identity API does not answer.
        """
        # Without the customer, one group of another organization that contains the member makes
        # Google refuse the whole search.
        query = (
            f"member_key_id == {_literal(email_address(member))} && {_literal(_LABEL)} in labels"
            f" && parent == {_literal(f'customers/{customer_id}')}"
        )

        def page(token: str | None) -> Json:
            return self._read(
                lambda: self._memberships.searchTransitiveGroups(
                    parent="groups/-", query=query, pageSize=_PAGE, pageToken=token
                )
            )

        found = {group.email: group for group in _groups(pages(page))}
        return list(found.values())

    def group_name(self, *, email: str) -> str:
        """Return the resource name `groups/ID` of the group with this address.

        :raises Denied: when the group does not exist, or may not be viewed.
        :raises GoogleCloudError: when the Cloud Identity API does not answer.
        """
        answer = self._read(lambda: self._groups.lookup(groupKey_id=email_address(email)))
        if name := answer.get("name"):
            return str(name)
        raise NotFound(f"The group '{email}' does not exist", reason="NO_NAME")

    def groups_inside(self, *, name: str) -> frozenset[str]:
        """Return the addresses, in lower case, of all groups inside the group `groups/ID`, at any depth.

        :raises NotLicensed: when the edition of the group's account does not include the search.
        :raises Denied: when the group or one inside does not exist, or may not be viewed.
        :raises GoogleCloudError: when the Cloud Identity API does not answer.
        """

        def page(token: str | None) -> Json:
            return self._read(
                lambda: self._memberships.searchTransitiveMemberships(
                    parent=name, pageSize=_PAGE, pageToken=token
                )
            )

        return frozenset(_members_that_are_groups(pages(page)))

    def _read(self, build: Any) -> Json:
        try:
            return self._calls.read(build, explanations={Denied: _DENIED})
        except Denied as error:
            if not _NOT_LICENSED.search(str(error)):
                raise
            raise NotLicensed(
                str(error), status=error.status, reason=error.reason, api=error.api
            ) from None


def _groups(answers: Iterator[Json]) -> Iterator[FoundGroup]:
    for answer in answers:
        for relation in answer.get("memberships") or []:
            if email := _address(relation.get("groupKey")):
                yield FoundGroup(email, relation.get("relationType") != _INDIRECT_ONLY)


def _members_that_are_groups(answers: Iterator[Json]) -> Iterator[str]:
    for answer in answers:
        for relation in answer.get("memberships") or []:
            if str(relation.get("member") or "").startswith("groups/"):
                yield from filter(None, map(_address, relation.get("preferredMemberKey") or []))


def _address(key: Any) -> str:
    """Return the address in an entity's key; '' when another identity source issued the id."""
    if not isinstance(key, dict) or key.get("namespace"):
        return ""
    return str(key.get("id") or "").lower()


def _literal(text: str) -> str:
    """Return `text` as a string of CEL; a quote or backslash in an address cannot end it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"

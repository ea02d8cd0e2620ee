"""The Directory API: direct members of groups."""

from dataclasses import dataclass
from typing import Any

from googlecloud.calls import Calls, Json, Page, page_of, pages
from googlecloud.errors import Denied, Invalid, NotFound
from googlecloud.names import email_address

_PAGE = 200
_DENIED = "Access to Directory API was denied"


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A direct member. A member of type CUSTOMER is a whole organization and has no address."""

    email: str
    type: str
    status: str
    id: str = ""


class Directory:
    """Client for the Directory API; reads every page of a list."""

    def __init__(self, calls: Calls, groups: Any, members: Any) -> None:
        self._calls = calls
        self._groups = groups
        self._members = members

    def groups_of(self, *, member: str, customer_id: str) -> list[str]:
        """Return the addresses, in lower case, of the groups that contain `member` (a person or a group).

        :raises NotFound: when Google does not know the member or the customer.
        :raises GoogleCloudError: when the Directory API does not answer.
        """
        unknown = (
            f"The customer ID '{customer_id}' is invalid, the user '{member}' does not exist, "
            "or it belongs to an unknown domain"
        )
        query = f"memberKey={_escaped(email_address(member))}"

        def page(token: str | None) -> Json:
            return self._calls.read(
                lambda: self._groups.list(
                    customer=customer_id, query=query, maxResults=_PAGE, pageToken=token
                ),
                explanations={Denied: _DENIED, Invalid: unknown, NotFound: unknown},
            )

        try:
            found = [
                group["email"].lower()
                for answer in pages(page)
                for group in answer.get("groups") or []
                if group.get("email")
            ]
        except Invalid as error:
            # Google answers 400 or 404 for the same cause.
            raise NotFound(
                str(error), status=error.status, reason=error.reason, api=error.api
            ) from None
        return list(dict.fromkeys(found))

    def any_group(self, *, customer_id: str) -> str:
        """Return the address of one group of the customer, '' when it has none: proves read access.

        :raises Invalid, NotFound: when Google does not know the customer.
        :raises GoogleCloudError: when the Directory API does not answer.
        """
        answer = self._calls.read(
            lambda: self._groups.list(customer=customer_id, maxResults=1),
            explanations={Denied: _DENIED},
        )
        return next((str(group["email"]) for group in answer.get("groups") or []), "")

    def members_of(self, *, group: str) -> list[GroupMember]:
        """Return the direct members of `group`.

        :raises NotFound: when the group does not exist.
        :raises Denied: when access is denied, as with groups of other organizations.
        :raises GoogleCloudError: when the Directory API does not answer.
        """
        email_address(group)
        return [
            _member(item)
            for answer in pages(lambda token: self._list_members(group, token))
            for item in answer.get("members") or []
        ]

    def members_page(self, *, group: str, token: str = "") -> Page[GroupMember]:
        """Return one page of the direct members of `group`.

        :raises Invalid: also when the token has expired.
        :raises GoogleCloudError: as `members_of`.
        """
        answer = self._list_members(email_address(group), token or None)
        return page_of(answer, "members", _member, token=token)

    def _list_members(self, group: str, token: str | None) -> Json:
        return self._calls.read(
            lambda: self._members.list(groupKey=group, maxResults=_PAGE, pageToken=token),
            explanations={Denied: _DENIED, NotFound: f"The group '{group}' does not exist"},
        )


def _member(item: Json) -> GroupMember:
    return GroupMember(
        email=str(item.get("email") or "").lower(),
        type=str(item.get("type") or ""),
        status=str(item.get("status") or ""),
        id=str(item.get("id") or ""),
    )


def _escaped(address: str) -> str:
    return address.replace("\\", "\\\\").replace("'", "\\'")

"""IAM: which roles can be granted on a project."""

import sys
from typing import Any

from googlecloud.calls import Calls, Json
from googlecloud.deadline import Deadline
from googlecloud.errors import Denied, NotFound
from googlecloud.names import project_name
from googlecloud.paging import pages

# The most that Google allows. There are some two thousand roles, so one page has them all.
_PAGE = 3000
_NAMES_ONLY = "roles/name,nextPageToken"


class IamRoles:
    """Asks IAM about roles."""

    def __init__(self, calls: Calls, roles: Any) -> None:
        self._calls = calls
        self._roles = roles

    def grantable(self, project_id: str, *, deadline: Deadline | None = None) -> frozenset[str]:
        """The names of all roles that a policy of the project may bind, predefined and custom.

        :raises GoogleCloudError: when IAM does not answer.
        """
        name = f"//cloudresourcemanager.googleapis.com/{project_name(project_id)}"

        def page(token: str | None) -> Json:
            body = {"fullResourceName": name, "pageSize": _PAGE, "view": "BASIC"}
            body |= {"pageToken": token} if token else {}
            return self._calls.read(
                lambda: self._roles.queryGrantableRoles(body=body, fields=_NAMES_ONLY),
                explanations={
                    Denied: f"Denied access to the roles of project '{project_id}'",
                    NotFound: f"The project '{project_id}' does not exist",
                },
                deadline=deadline,
            )

        # The names are the same for all projects; interned, those that are kept share their memory.
        return frozenset(
            sys.intern(str(role["name"]))
            for answer in pages(page)
            for role in answer.get("roles") or []
            if role.get("name")
        )

    def answers(self, project_id: str) -> bool:
        """Whether IAM tells us of a role that can be granted on the project: one is enough.

        :raises GoogleCloudError: when IAM does not answer.
        """
        name = f"//cloudresourcemanager.googleapis.com/{project_name(project_id)}"
        body = {"fullResourceName": name, "pageSize": 1, "view": "BASIC"}
        answer = self._calls.read(
            lambda: self._roles.queryGrantableRoles(body=body, fields=_NAMES_ONLY),
            explanations={},
        )
        return bool(answer.get("roles"))

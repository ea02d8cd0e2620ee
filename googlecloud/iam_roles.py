"""IAM: the roles that can be granted on a project."""

import sys
from typing import Any

from googlecloud.calls import Calls, Json
from googlecloud.deadline import Deadline
from googlecloud.errors import Denied, NotFound
from googlecloud.names import project_name
from googlecloud.paging import pages

# Google's maximum. There are about two thousand roles, so one page holds them all.
_PAGE = 3000
_NAMES_ONLY = "roles/name,nextPageToken"


class IamRoles:
    """Client for IAM's roles."""

    def __init__(self, calls: Calls, roles: Any) -> None:
        self._calls = calls
        self._roles = roles

    def grantable(self, project_id: str, *, deadline: Deadline | None = None) -> frozenset[str]:
        """Return the names of all roles that a policy of the project may bind, predefined and custom.

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

        # All projects share most names: interning them lets the cached sets share memory.
        return frozenset(
            sys.intern(str(role["name"]))
            for answer in pages(page)
            for role in answer.get("roles") or []
            if role.get("name")
        )

    def answers(self, project_id: str) -> bool:
        """Return whether IAM lists at least one role that can be granted on the project.

        :raises GoogleCloudError: when IAM does not answer.
        """
        name = f"//cloudresourcemanager.googleapis.com/{project_name(project_id)}"
        body = {"fullResourceName": name, "pageSize": 1, "view": "BASIC"}
        answer = self._calls.read(
            lambda: self._roles.queryGrantableRoles(body=body, fields=_NAMES_ONLY),
            explanations={},
        )
        return bool(answer.get("roles"))

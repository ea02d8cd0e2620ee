"""IAM: the roles that can be granted on a project, what roles are called, and what they permit."""

import re
import sys
from dataclasses import dataclass
from typing import Any

from googlecloud.calls import Calls, Deadline, Json, Page, page_of, pages
from googlecloud.errors import Denied, Invalid, NotFound
from googlecloud.names import full_project_name

# Google's maximum. There are about two thousand roles, so one page holds them all.
_PAGE = 3000
_NAMES_ONLY = "roles/name,nextPageToken"
_LIST_PAGE = 1000  # the maximum of roles.list
_BASICS = "name,title,description,stage"
_PREDEFINED = re.compile(r"roles/[\w.]+", re.ASCII)
_CUSTOM = re.compile(r"(projects|organizations)/[A-Za-z0-9][A-Za-z0-9._:-]*/roles/[\w.]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Role:
    """A role as IAM describes it; `stage` as `GA` or `DISABLED`."""

    name: str
    title: str
    description: str
    stage: str


class IamRoles:
    """Client for IAM's roles."""

    def __init__(self, calls: Calls, service: Any) -> None:
        self._calls = calls
        self._service = service
        self._roles = service.roles()

    def grantable(self, project_id: str, *, deadline: Deadline | None = None) -> frozenset[str]:
        """Return the names of all roles that a policy of the project may bind, predefined and custom.

        :raises GoogleCloudError: when IAM does not answer.
        """
        name = full_project_name(project_id)

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
        name = full_project_name(project_id)
        body = {"fullResourceName": name, "pageSize": 1, "view": "BASIC"}
        answer = self._calls.read(
            lambda: self._roles.queryGrantableRoles(body=body, fields=_NAMES_ONLY),
            explanations={},
        )
        return bool(answer.get("roles"))

    def predefined_page(self, *, token: str = "") -> Page[Role]:
        """Return one page of all predefined roles, the basic ones included.

        :raises GoogleCloudError: when IAM does not answer.
        """
        answer = self._calls.read(
            lambda: self._roles.list(
                view="BASIC",
                pageSize=_LIST_PAGE,
                pageToken=token or None,
                fields=f"roles({_BASICS}),nextPageToken",
            ),
            explanations={Denied: "Denied access to the list of roles"},
        )
        return page_of(answer, "roles", _role, token=token)

    def custom(self, name: str) -> Role:
        """Return a custom role, named `projects/ID/roles/ROLE` or `organizations/NUMBER/roles/ROLE`.

        :raises NotFound: when it does not exist.
        :raises GoogleCloudError: when IAM does not answer, or denies access.
        """
        if not _CUSTOM.fullmatch(name):
            raise Invalid(f"{name[:100]!r} is not a custom role", reason="INVALID_NAME")
        return _role(self._get(name, fields=_BASICS))

    def permissions(self, name: str, *, deadline: Deadline | None = None) -> frozenset[str]:
        """Return the permissions of a predefined or custom role.

        :raises NotFound: when it does not exist.
        :raises GoogleCloudError: when IAM does not answer, or denies access to a custom role.
        """
        if not (_PREDEFINED.fullmatch(name) or _CUSTOM.fullmatch(name)):
            raise Invalid(f"{name[:100]!r} is not a role", reason="INVALID_NAME")
        found = self._get(name, fields="includedPermissions", deadline=deadline)
        return frozenset(found.get("includedPermissions") or [])

    def _get(self, name: str, *, fields: str, deadline: Deadline | None = None) -> Json:
        is_custom = not name.startswith("roles/")
        owner = getattr(self._service, name.partition("/")[0])() if is_custom else None
        roles = owner.roles() if owner else self._roles
        return self._calls.read(
            lambda: roles.get(name=name, fields=fields),
            explanations={
                Denied: f"Denied access to the role '{name}'",
                NotFound: f"The role '{name}' does not exist",
            },
            deadline=deadline,
        )


def _role(item: Json) -> Role:
    return Role(
        name=str(item.get("name") or ""),
        title=str(item.get("title") or ""),
        description=str(item.get("description") or ""),
        stage=str(item.get("stage") or ""),
    )

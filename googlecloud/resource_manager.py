"""Resource Manager: projects and their IAM policies."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from googlecloud.calls import Calls, Deadline, Json, Page, page_of, pages
from googlecloud.errors import Conflict, Denied, Invalid, NotFound
from googlecloud.names import project_name
from googlecloud.policy import Modification, Policy
from googlecloud.policy_changes import PolicyChange
from googlecloud.refusals import Explanations

_PAGE = 1000
_POLICY_VERSION = 3
_NOT_GRANTABLE = re.compile(r"[Rr]ole (\S+) (?:is not supported|does not exist)")


@dataclass(frozen=True, slots=True)
class Project:
    """A project as Resource Manager lists it."""

    project_id: str
    number: str
    display_name: str
    state: str


class ResourceManager:
    """Client for Resource Manager."""

    def __init__(self, calls: Calls, projects: Any, *, sleep: Callable[[float], None]) -> None:
        self._calls = calls
        self._projects = projects
        self._sleep = sleep

    def search_projects(self, *, query: str) -> Iterator[Project]:
        """Yield all projects that match and that the service account may see.

        :raises GoogleCloudError: while iterating, when Resource Manager does not answer.
        """

        for answer in pages(lambda token: self._search(query, token)):
            yield from map(_project, answer.get("projects") or [])

    def projects_page(self, *, query: str, token: str = "") -> Page[Project]:
        """Return one page of the projects that match and that the service account may see.

        :raises Invalid: also when the token has expired.
        :raises GoogleCloudError: when Resource Manager does not answer.
        """
        return page_of(self._search(query, token or None), "projects", _project, token=token)

    def _search(self, query: str, token: str | None) -> Json:
        return self._calls.read(
            lambda: self._projects.search(query=query, pageSize=_PAGE, pageToken=token),
            explanations={Denied: "Denied access to the list of projects"},
        )

    def get_project(self, *, name: str) -> Project:
        """Return the project with this id or number.

        :raises GoogleCloudError: when Resource Manager does not answer, or denies access.
        """
        resource = project_name(name)
        found = self._calls.read(
            lambda: self._projects.get(name=resource), explanations=_explanations(name)
        )
        return _project(found)

    def get_policy(self, *, project_id: str, deadline: Deadline | None = None) -> Policy:
        """Return the live policy of the project itself, at version 3, without inherited bindings.

        :raises GoogleCloudError: when Resource Manager does not answer.
        """
        name = project_name(project_id)
        body = {"options": {"requestedPolicyVersion": _POLICY_VERSION}}
        return self._calls.read(
            lambda: self._projects.getIamPolicy(resource=name, body=body),
            explanations=_explanations(project_id),
            deadline=deadline,
        )

    def modify_policy(
        self,
        *,
        project_id: str,
        change: Callable[[Policy], Policy],
        reason: str,
        deadline: Deadline,
        policy: Policy | None = None,
    ) -> Modification:
        """Apply `change`, a pure function from policy to policy, to the live policy.

        When `policy` is given, the first read is skipped. `change` may be called again with a newer
        policy; its exceptions are raised here.

        :raises Conflict: when others kept changing the policy until the deadline.
        :raises OutcomeUnknown: when a write was sent and its result cannot be determined.
        :raises GoogleCloudError: when Google refuses the change.
        """
        writer = PolicyChange(
            read=lambda left: self.get_policy(project_id=project_id, deadline=left),
            write=lambda wanted: self._set_policy(project_id, wanted, reason, deadline),
            change=change,
            deadline=deadline,
            sleep=self._sleep,
        )
        return writer.apply(policy)

    def _set_policy(
        self, project_id: str, policy: Policy, reason: str, deadline: Deadline
    ) -> Policy:
        name = project_name(project_id)

        def build() -> Any:
            request = self._projects.setIamPolicy(resource=name, body={"policy": policy})
            request.headers["x-goog-request-reason"] = ascii_reason(reason)
            return request

        try:
            return self._calls.write(
                build, explanations=_explanations(project_id), deadline=deadline
            )
        except Invalid as error:
            raise _explained(error) from None


def _explanations(project_id: str) -> Explanations:
    return {
        Denied: f"Denied access to project '{project_id}'",
        NotFound: f"The project '{project_id}' does not exist",
        Conflict: "Failed to update IAM bindings due to concurrent modifications",
    }


def _explained(error: Invalid) -> Invalid:
    match = _NOT_GRANTABLE.search(str(error))
    if match is None:
        return error
    return Invalid(
        f"The role {match[1]} cannot be granted on a project: {error}",
        status=error.status,
        reason=error.reason,
        api=error.api,
    )


def _project(item: Json) -> Project:
    return Project(
        project_id=str(item.get("projectId") or ""),
        number=str(item.get("name") or "").removeprefix("projects/"),
        display_name=str(item.get("displayName") or ""),
        state=str(item.get("state") or ""),
    )


_LONGEST_REASON = 256
_NOT_PRINTABLE_ASCII = re.compile(r"[^\x20-\x7e]")
_SPELLED_OUT = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "Ae",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
    }
)


def ascii_reason(text: str) -> str:
    """Return `text` in a form that an HTTP header can carry: ASCII, one line, at most 256 characters."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLED_OUT))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    one_line = " ".join(bare.split())
    return _NOT_PRINTABLE_ASCII.sub("?", one_line)[:_LONGEST_REASON].strip()

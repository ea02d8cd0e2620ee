"""Cloud Asset: lists the projects, folders and organizations below a resource."""

from dataclasses import dataclass
from typing import Any

from googlecloud.calls import Calls, Json, Page, page_of
from googlecloud.errors import Denied, QuotaExceeded
from googlecloud.names import scope_name
from googlecloud.policy_search import HIERARCHY

_PAGE = 500
_FIELDS = "results(name,project,folders,organization,displayName,state,additionalAttributes),nextPageToken"
_QUOTA = (
    "The quota of the Cloud Asset API for SearchAllResources is used up; "
    "try again later or ask for a higher quota"
)


@dataclass(frozen=True, slots=True)
class FoundResource:
    """A project, folder or organization.

    `name` is the full name, with a project's id or its number; `project_id` is empty unless Google
    tells it separately. `ancestors` are folders and organization as `folders/1`, upward; for a folder,
    Google includes itself.
    """

    name: str
    project_number: str
    project_id: str
    display_name: str
    state: str
    ancestors: tuple[str, ...]


class ResourceSearch:
    """Client for Cloud Asset's resource search. Its answers lag a few minutes behind."""

    def __init__(self, calls: Calls, service: Any) -> None:
        self._calls = calls
        self._service = service

    def page(self, *, scope: str, token: str = "") -> Page[FoundResource]:
        """Return one page of all projects, folders and organizations at or below `scope`.

        :raises Invalid: also when the token has expired.
        :raises GoogleCloudError: when Cloud Asset does not answer.
        """
        scope_name(scope)
        answer = self._calls.read(
            lambda: self._service.searchAllResources(
                scope=scope,
                assetTypes=list(HIERARCHY),
                pageSize=_PAGE,
                pageToken=token or None,
                fields=_FIELDS,
            ),
            explanations={Denied: f"Denied access to scope '{scope}'", QuotaExceeded: _QUOTA},
        )
        return page_of(answer, "results", _found, token=token)


def _found(item: Json) -> FoundResource:
    attributes = item.get("additionalAttributes") or {}
    above = [*(item.get("folders") or []), item.get("organization") or ""]
    return FoundResource(
        name=str(item.get("name") or ""),
        project_number=str(item.get("project") or "").removeprefix("projects/"),
        project_id=str(attributes.get("projectId") or ""),
        display_name=str(item.get("displayName") or ""),
        state=str(item.get("state") or ""),
        ancestors=tuple(str(node) for node in above if node),
    )

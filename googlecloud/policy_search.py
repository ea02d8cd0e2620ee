"""Cloud Asset: searches all IAM policies below a resource."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from googlecloud.calls import Calls, Json, Page, page_of, pages
from googlecloud.errors import Denied, QuotaExceeded
from googlecloud.names import scope_name
from googlecloud.policy import Policy

PROJECTS = ("cloudresourcemanager.googleapis.com/Project",)
HIERARCHY = (
    *PROJECTS,
    "cloudresourcemanager.googleapis.com/Folder",
    "cloudresourcemanager.googleapis.com/Organization",
)
_PAGE = 500
_FIELDS = "results(resource,project,policy),nextPageToken"
_QUOTA = (
    "The quota of the Cloud Asset API for SearchAllIamPolicies is used up; "
    "try again later or ask for a higher quota"
)


@dataclass(frozen=True, slots=True)
class FoundPolicy:
    """The matching bindings of one resource; the policy's other bindings are left out.

    `resource` is the full name, with the project's id or its number; `project_number` is empty for
    folders and organizations. `policy` has no etag, so it cannot be written back.
    """

    resource: str
    project_number: str
    policy: Policy


class PolicySearch:
    """Client for Cloud Asset's policy search. Its answers lag a few minutes behind IAM.

    What is certain about a query: Google compares it with each binding's principals, roles and
    condition. It splits text and query into words at everything but letters, digits, `_` and `&`, and
    ignores case. The words must follow one another; `*` at the end matches the rest of a word. Terms
    side by side must all match; `policy:(a OR b)` matches either. A query may have at most 10
    comparisons and 2,048 characters. So `policy:alice@example.com` finds a person's bindings,
    `policy:roles/compute.admin` a role's, and `policy:"request.time < timestamp"` those with a time
    limit in the form that this product writes.

    Not certain: whether Google searches titles and descriptions of conditions. Do not rely on it.
    """

    def __init__(self, calls: Calls, service: Any) -> None:
        self._calls = calls
        self._service = service

    def find(
        self,
        *,
        scope: str,
        query: str,
        asset_types: Sequence[str] = PROJECTS,
        before_page: Callable[[], None] = lambda: None,
    ) -> Iterator[FoundPolicy]:
        """Yield all matches at or below `scope`, page by page; by default policies of projects only.

        `before_page` is called before each page is requested; it may wait or raise.

        :raises GoogleCloudError: while iterating, when Cloud Asset does not answer.
        """
        scope_name(scope)

        def page(token: str | None) -> Json:
            before_page()
            return self._search(scope, query, asset_types, token)

        for answer in pages(page):
            yield from map(_found, answer.get("results") or [])

    def page(
        self, *, scope: str, asset_types: Sequence[str] = HIERARCHY, token: str = ""
    ) -> Page[FoundPolicy]:
        """Return one page of all policies at or below `scope`: of projects, folders, the organization.

        :raises Invalid: also when the token has expired.
        :raises GoogleCloudError: when Cloud Asset does not answer.
        """
        answer = self._search(scope_name(scope), "", asset_types, token or None)
        return page_of(answer, "results", _found, token=token)

    def _search(
        self, scope: str, query: str, asset_types: Sequence[str], token: str | None
    ) -> Json:
        return self._calls.read(
            lambda: self._service.searchAllIamPolicies(
                scope=scope,
                query=query,
                assetTypes=list(asset_types),
                pageSize=_PAGE,
                pageToken=token,
                fields=_FIELDS,
            ),
            explanations={Denied: f"Denied access to scope '{scope}'", QuotaExceeded: _QUOTA},
        )


def _found(item: Json) -> FoundPolicy:
    return FoundPolicy(
        resource=str(item.get("resource") or ""),
        project_number=str(item.get("project") or "").removeprefix("projects/"),
        policy=item.get("policy") or {},
    )

"""Cloud Asset: a search over all IAM policies below a resource."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from googlecloud.calls import Calls, Json
from googlecloud.errors import Denied, QuotaExceeded
from googlecloud.names import scope_name
from googlecloud.paging import pages
from googlecloud.policy import Policy

PROJECTS = ("cloudresourcemanager.googleapis.com/Project",)
_PAGE = 500
_FIELDS = "results(resource,project,policy),nextPageToken"
_QUOTA = (
    "The quota of the Cloud Asset API for SearchAllIamPolicies is used up; "
    "try again later or ask for a higher quota"
)


@dataclass(frozen=True, slots=True)
class FoundPolicy:
    """The bindings of one resource that match; the policy's other bindings are left out.

    `resource` is the full name, with the project's id or its number; `project_number` is empty for
    folders and organisations. `policy` has no etag to write with: it is for looking, not for changing.
    """

    resource: str
    project_number: str
    policy: Policy


class PolicySearch:
    """Asks Cloud Asset; its answers lag some minutes behind IAM.

    What is certain of a query: it is compared with each binding's principals, roles and condition.
    Text and query are cut into words at everything but letters, digits, `_` and `&`; case does not
    matter; the words must follow one another; a `*` at the end stands for the rest of a word. Terms
    side by side must all match; `policy:(a OR b)` is either. At most 10 comparisons and 2,048
    characters. So `policy:alice@example.com` finds a person's bindings, `policy:roles/compute.admin`
    a role's, `policy:"request.time < timestamp"` those with a time limit as we write it.

    What is not certain: whether titles and descriptions of conditions are searched. Do not rely on it.
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
        """All matches at or below `scope`, page by page; by default policies of projects only.

        `before_page` may wait, or raise, before each page is asked for.

        :raises GoogleCloudError: while iterating, when Cloud Asset does not answer.
        """
        scope_name(scope)

        def page(token: str | None) -> Json:
            before_page()
            return self._calls.read(
                lambda: self._service.searchAllIamPolicies(
                    scope=scope,
                    query=query,
                    assetTypes=list(asset_types),
                    pageSize=_PAGE,
                    pageToken=token,
                    fields=_FIELDS,
                ),
                explanations={
                    Denied: f"Denied access to scope '{scope}'",
                    QuotaExceeded: _QUOTA,
                },
            )

        for answer in pages(page):
            yield from map(_found, answer.get("results") or [])


def _found(item: Json) -> FoundPolicy:
    return FoundPolicy(
        resource=str(item.get("resource") or ""),
        project_number=str(item.get("project") or "").removeprefix("projects/"),
        policy=item.get("policy") or {},
    )

"""Cloud Logging: lists log entries."""

from collections.abc import Sequence
from typing import Any

from googlecloud.calls import Calls, Deadline, Json, Page, page_of
from googlecloud.errors import Denied, NotFound

# What Google allows in one call.
MOST_RESOURCES = 100
LARGEST_PAGE = 1000


class CloudLogging:
    """Client for Cloud Logging; reads only."""

    def __init__(self, calls: Calls, entries: Any) -> None:
        self._calls = calls
        self._entries = entries

    def entries(
        self,
        *,
        resources: Sequence[str],
        filter_: str,
        token: str = "",
        deadline: Deadline | None = None,
    ) -> Page[Json]:
        """Return one page of the entries of these projects or log views, oldest first; may be empty before the last.

        :raises Denied, NotFound: when one of the resources may not be read or does not exist.
        :raises Invalid: when the token has expired.
        :raises GoogleCloudError: when Google does not answer.
        """
        body: Json = {
            "resourceNames": list(resources),
            "filter": filter_,
            "orderBy": "timestamp asc",
            "pageSize": LARGEST_PAGE,
        }
        if token:
            body["pageToken"] = token
        named = resources[0] if len(resources) == 1 else f"{len(resources)} resources"
        answer = self._calls.read(
            lambda: self._entries.list(body=body),
            explanations={
                Denied: f"The log entries of {named} may not be read",
                NotFound: f"{named} does not exist",
            },
            deadline=deadline,
        )
        return page_of(answer, "entries", dict, token=token)

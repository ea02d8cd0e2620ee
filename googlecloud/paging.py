"""All pages of a list."""

from collections.abc import Callable, Iterator
from typing import Any

from googlecloud.errors import Unavailable

Json = dict[str, Any]


def pages(fetch: Callable[[str | None], Json]) -> Iterator[Json]:
    """Every page, as long as there is a token: short and empty pages are no end.

    :raises Unavailable: when Google sends the same token twice, which would never end.
    """
    seen: set[str | None] = {None}
    token: str | None = None
    while True:
        page = fetch(token)
        yield page
        token = page.get("nextPageToken") or None
        if token is None:
            return
        if token in seen:
            raise Unavailable("Google repeated a page", reason="REPEATED_PAGE_TOKEN")
        seen.add(token)

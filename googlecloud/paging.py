"""Reads all pages of a list."""

from collections.abc import Callable, Iterator
from typing import Any

from googlecloud.errors import Unavailable

Json = dict[str, Any]


def pages(fetch: Callable[[str | None], Json]) -> Iterator[Json]:
    """Yield every page until there is no next token; a short or empty page is not the last one.

    :raises Unavailable: when Google repeats a token, which would loop forever.
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

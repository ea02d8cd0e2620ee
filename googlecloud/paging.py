"""Reads lists: all pages, or one page at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from googlecloud.errors import Unavailable

Json = dict[str, Any]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """A page of a list; `next_token` is empty on the last page. A page may be short or empty."""

    items: tuple[T_co, ...]
    next_token: str = ""


def page_of(answer: Json, field: str, read: Callable[[Json], T], *, token: str) -> Page[T]:
    """Return the page that Google answered with, for a request with this token.

    :raises Unavailable: when Google repeats the token, which would loop forever.
    """
    next_token = str(answer.get("nextPageToken") or "")
    if next_token and next_token == token:
        raise Unavailable("Google repeated a page", reason="REPEATED_PAGE_TOKEN")
    return Page(tuple(read(item) for item in answer.get(field) or []), next_token)


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

"""Pages of a list, short and sometimes empty, as Google sends them."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from simulator.errors import invalid
from simulator.world import World

T = TypeVar("T")


def page(world: World, items: Sequence[Any], *, size: int, token: str) -> tuple[Sequence[Any], str]:
    """Return one page from where `token` points, and the token of the next one."""
    age = world.page_token_age
    start, empty_sent = read_token(token, age=age)
    if world.empty_pages and not empty_sent:
        return [], write_token(start, empty_sent=True, age=age)
    size = min(size, world.page_size or size)
    end = start + size
    more = end < len(items)
    return items[start:end], write_token(end, empty_sent=False, age=age) if more else ""


def listed(world: World, key: tuple[object, ...], compute: Callable[[], T]) -> T:
    """Return the whole results of a search; from the last time while the world does not change."""
    if world.listings is None:
        return compute()
    if key not in world.listings:
        world.listings[key] = compute()
    found: T = world.listings[key]
    return found


def with_token(document: dict[str, Any], token: str) -> dict[str, Any]:
    """Return the answer, with `nextPageToken` when there are more pages, and without empty lists."""
    kept = {name: value for name, value in document.items() if value}
    return kept | ({"nextPageToken": token} if token else {})


def write_token(start: int, *, empty_sent: bool, age: int) -> str:
    """Return an opaque token; its `=` and `+` must survive encoding in an address."""
    return base64.b64encode(f"page>{start}?{int(empty_sent)}?{age}".encode()).decode()


def read_token(token: str, *, age: int) -> tuple[int, bool]:
    """Return where a page starts and whether the empty page before it was sent.

    :raises ApiError: 400 when this simulator did not issue the token, or when it has expired.
    """
    if not token:
        return 0, False
    try:
        text = base64.b64decode(token, validate=True).decode().removeprefix("page>")
        start, flag, issued = text.split("?")
        is_fresh = int(issued) == age
        position = int(start), flag == "1"
    except (binascii.Error, ValueError) as error:
        raise invalid("Invalid page token.") from error
    if not is_fresh:
        raise invalid("The page token has expired.")
    return position

"""Cloud Logging: lists the entries of projects, or of log views that the test defines."""

import re
from collections.abc import Callable
from typing import Any

from simulator.audit_entries import Entry
from simulator.errors import ApiError, denied, invalid
from simulator.google_api import ApiCall, GoogleRoute, google_api
from simulator.paging import page, with_token

MOST_RESOURCES = 100
LARGEST_PAGE = 1000
LOG_ID = re.compile(r'log_id\("([^"]*)"\)')
COMPARISON = re.compile(r'([\w.]+)\s*(>=|<=|=|:|<|>)\s*"([^"]*)"')
VIEW = re.compile(r"(projects|folders|organizations)/[^/]+/locations/[^/]+/buckets/[^/]+/views/.+")
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    ">=": lambda found, value: found >= value,
    "<=": lambda found, value: found <= value,
    "=": lambda found, value: found == value,
    "<": lambda found, value: found < value,
    ">": lambda found, value: found > value,
    ":": lambda found, value: value in found,
}


def list_entries(call: ApiCall) -> dict[str, Any]:
    """entries.list."""
    names = call.body.get("resourceNames") or []
    if not 0 < len(names) <= MOST_RESOURCES:
        raise invalid(f"Between 1 and {MOST_RESOURCES} resource names are required.")
    for name in names:
        check_resource(call, name)
    size = call.body.get("pageSize") or 50
    if not 0 < size <= LARGEST_PAGE:
        raise invalid(f"page_size must be between 1 and {LARGEST_PAGE}.")
    wanted = read_filter(call.body.get("filter") or "")
    found = [
        entry
        for entry in call.world.audit_log.entries()
        if any(is_in(entry, name) for name in names) and all(test(entry) for test in wanted)
    ]
    if call.body.get("orderBy", "timestamp asc") == "timestamp desc":
        found.reverse()
    part, token = page(call.world, found, size=size, token=call.body.get("pageToken") or "")
    return with_token({"entries": list(part)}, token)


def check_resource(call: ApiCall, name: str) -> None:
    """Refuse unknown views and what the caller may not read.

    :raises ApiError: 404 for a view that does not exist, 403 without the permission.
    """
    world, log = call.world, call.world.audit_log
    if VIEW.fullmatch(name):
        if name not in log.views:
            raise ApiError(404, f"View {name} does not exist.")
        if name in log.unreadable:
            raise denied("logging.views.access", name)
        return
    resource = world.company.find(name)
    if resource is None or not resource.visible or name in log.unreadable:
        raise denied("logging.logEntries.list", name)


def is_in(entry: Entry, name: str) -> bool:
    """Return whether a project or view has the entry; views are those of an aggregated sink."""
    return bool(VIEW.fullmatch(name)) or entry["logName"].startswith(f"{name}/logs/")


def read_filter(text: str) -> list[Callable[[Entry], bool]]:
    """Parse comparisons, one on each line, all of which must hold.

    :raises ApiError: 400 for anything else.
    """
    return [read_line(line.strip()) for line in text.splitlines() if line.strip()]


def read_line(line: str) -> Callable[[Entry], bool]:
    """Parse one comparison."""
    if match := LOG_ID.fullmatch(line):
        ending = "/logs/" + match[1].replace("/", "%2F")
        return lambda entry: str(entry["logName"]).endswith(ending)
    match = COMPARISON.fullmatch(line)
    if match is None:
        raise invalid(f"Unparseable filter: syntax error at line '{line}'.")
    path, operator, value = match.groups()
    return lambda entry: OPERATORS[operator](value_at(entry, path), value)


def value_at(entry: Entry, path: str) -> str:
    """Return a field of the entry as text."""
    found: Any = entry
    for part in path.split("."):
        found = found.get(part) or "" if isinstance(found, dict) else ""
    return str(found)


def routes() -> list[GoogleRoute]:
    """Return the methods of this service."""
    return google_api("logging.v2", {"entries.list": list_entries})

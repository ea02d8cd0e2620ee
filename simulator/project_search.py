"""projects.search and projects.get: results depend on the caller; fast with fifty thousand projects."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from simulator.errors import denied, invalid
from simulator.google_api import ApiCall
from simulator.paging import listed, page, with_token
from simulator.resources import Resource

DEFAULT_PAGE = 500
LARGEST_PAGE = 1000
Test = Callable[[Resource], bool]
FIELDS: dict[str, Callable[[Resource], str]] = {
    "id": lambda project: project.id,
    "projectid": lambda project: project.id,
    "name": lambda project: project.display_name,
    "displayname": lambda project: project.display_name,
    "state": lambda project: project.state,
    "lifecyclestate": lambda project: project.state,
    "parent": lambda project: project.parent,
    "parent.type": lambda project: project.parent.partition("/")[0].removesuffix("s"),
    "parent.id": lambda project: project.parent.partition("/")[2],
}


def search_projects(call: ApiCall) -> dict[str, Any]:
    """projects.search."""
    size = min(call.number("pageSize", DEFAULT_PAGE) or DEFAULT_PAGE, LARGEST_PAGE)
    if size < 0:
        raise invalid("Page size must not be negative.")
    query = call.text("query").strip()
    found = listed(call.world, ("projects", query), lambda: matching(call, query))
    part, token = page(call.world, found, size=size, token=call.text("pageToken"))
    return with_token({"projects": [as_project(project) for project in part]}, token)


def get_project(call: ApiCall) -> dict[str, Any]:
    """projects.get."""
    name = call.path["name"]
    project = call.world.company.find(name)
    if project is None or not project.visible:
        raise denied("resourcemanager.projects.get", name)
    return as_project(project)


def matching(call: ApiCall, query: str) -> list[Resource]:
    """Return visible projects that match any clause of the query."""
    company = call.world.company
    tests = [clause(part) for part in query.split()]
    with company.lock:
        projects = [each for each in company.resources.values() if each.kind == "projects"]
    return [
        project
        for project in projects
        if project.visible and (not tests or any(test(project) for test in tests))
    ]


def clause(text: str) -> Test:
    """Return a test for `field:value`, where the value may end in `*`.

    :raises ApiError: 400 for a field that cannot be searched.
    """
    name, separator, value = text.partition(":" if ":" in text else "=")
    name, pattern = name.lower(), value.strip('"').lower()
    if not separator or not pattern:
        raise invalid(f"Invalid query: '{text}'.")
    if name.startswith("labels"):
        return label_clause(name.partition(".")[2], pattern)
    if name not in FIELDS:
        raise invalid(f"Invalid query: field '{name}' is not searchable.")
    field = FIELDS[name]
    return lambda project: fnmatchcase(field(project).lower(), pattern)


def label_clause(key: str, pattern: str) -> Test:
    """Return a test for `labels.key:value` or `labels:key-or-value`."""
    if key:
        return lambda project: key in project.labels and fnmatchcase(project.labels[key], pattern)
    return lambda project: any(
        fnmatchcase(text, pattern) for pair in project.labels.items() for text in pair
    )


def as_project(project: Resource) -> dict[str, Any]:
    """Return a project in Google's JSON form."""
    document: dict[str, Any] = {
        "name": f"projects/{project.number}",
        "parent": project.parent,
        "projectId": project.id,
        "state": project.state,
        "displayName": project.display_name,
        "createTime": "2024-01-01T00:00:00Z",
        "updateTime": "2024-01-01T00:00:00Z",
        "etag": 'W/"0000000000000000"',
    }
    return document | ({"labels": project.labels} if project.labels else {})

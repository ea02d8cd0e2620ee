"""A company whose eligibility is indexed, and grants of its people."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from eligibility.models import IndexedGroup, Refresh
from simulator.company import Company
from tests.activations.admin import history
from tests.activations.admin.reading import text
from tests.eligibility.cases import JIT, MPA
from tests.eligibility.indexed_world import add_role_title, index_of

LIST = "/admin/activations/eligiblemember/"
GROUP = f"{LIST}group/"
EXPORT = f"{LIST}export/"
INDEX = "/admin/eligibility-index/"
BUCKET = 'resource.name.startsWith("projects/_/buckets/logs")'


def company() -> Company:
    """Shop (folder 1) contains Shop EU (folder 2); a project in each, one beside them."""
    found = Company()
    found.add_folder("1", parent="organizations/7", display_name="Shop")
    found.add_folder("2", parent="folders/1", display_name="Shop EU")
    found.add_project("shop-prod", parent="folders/1", display_name="Shop production")
    found.add_project("shop-eu", parent="folders/2", display_name="Shop Europe")
    found.add_project("billing", display_name="Billing")
    found.add_user("eve@elsewhere.example", external=True)
    found.add_user("sam@example.com", suspended=True)
    for name in ("alice", "bob", "carol"):
        found.add_user(f"{name}@example.com")
    found.add_group("oncall@example.com", ["carol@example.com", "eve@elsewhere.example"])
    found.add_group("sre@example.com", ["bob@example.com", "oncall@example.com", "sam@example.com"])
    found.bind("shop-prod", "roles/compute.admin", ["user:alice@example.com"], JIT)
    found.bind("folders/1", "roles/viewer", ["group:sre@example.com"], MPA)
    found.bind("folders/2", "roles/editor", ["group:oncall@example.com"], JIT)
    found.bind("billing", "roles/storage.admin", ["user:alice@example.com"], f"{JIT} && {BUCKET}")
    found.bind("organizations/7", "roles/browser", ["domain:example.com"], JIT)
    return found


def index(found: Company | None = None, *, age: timedelta = timedelta(minutes=5)) -> Refresh:
    refresh = index_of(found or company(), timezone.now() - age)
    add_role_title("roles/viewer", "Viewer", timezone.now())
    return refresh


def use(
    email: str, role: str, project_id: str, *, at: datetime | None = None, **values: Any
) -> datetime:
    """A grant, an hour ago unless told; returns its start."""
    at = at or timezone.now() - timedelta(hours=1)
    history.grant(
        at, of=history.request(at, email=email, project_id=project_id), role=role, **values
    )
    return at


def unreadable(group: str) -> None:
    IndexedGroup.objects.update_or_create(
        email=group,
        defaults={"is_readable": False, "warning": "Google answered 403.", "read_at": None},
    )


def cells(page: str) -> list[dict[str, str]]:
    """The rows of a list: the text of each cell by its column, in one line."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.DOTALL)
    cell = re.compile(r'<t[dh][^>]*class="field-(\w+)[^"]*"[^>]*>(.*?)</t[dh]>', re.DOTALL)
    return [{name: plain(content) for name, content in cell.findall(row)} for row in rows]


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def members(client: Any, **filters: str) -> list[tuple[str, str]]:
    """Who may activate which role, according to the list."""
    response = client.get(LIST, filters)
    assert response.status_code == 200
    found = cells(text(response))
    return sorted((row["bound_member"].split()[0], row["role"].split()[-1]) for row in found)

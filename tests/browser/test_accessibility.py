"""Every page passes axe's rules: light, dark, and as narrow as a phone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, resolve
from playwright.sync_api import ViewportSize, expect

from jitaccess.urls import urlpatterns
from tests.browser.conftest import AsPerson
from tests.browser.test_activation import request_access
from tests.browser.visitor import DESK, PHONE

# By person, because signing in takes as long as a page.
PAGES: dict[str, tuple[str, ...]] = {
    "alice": (
        *("/", "/projects/shop-prod", "/projects/shop-staging", "/projects?q=prod", "/activity"),
        *("/explain?project=shop-staging&role=roles/redis.admin", "/_gcp_iap/sign_in"),
    ),
    "charlie": (
        *("/projects/shop-prod", "/activity"),
        "/explain?project=shop-prod&role=roles/run.admin",
    ),
    "olga": (
        "/admin/explain/?user=alice@example.com&project=data-lake&role=roles/bigquery.jobUser",
        *("/admin/", "/admin/doctor/", "/admin/stop-person/", "/admin/access-policy/propose/"),
        "/admin/activations/outboxmessage/",
    ),
    "maria": ("/admin/deputy/", "/admin/activations/queueditem/"),
    "audrey": (
        *("/admin/activations/request/", "/admin/activations/grant/", "/admin/activations/event/"),
        *("/admin/activations/eligiblemember/", "/admin/activations/eligiblemember/export/"),
        *("/admin/activations/afterreview/", "/admin/eligibility-index/", "/admin/lint/"),
        *("/admin/reports/", "/admin/reports/activations/", "/admin/reports/holders/"),
        *("/admin/access-policy/", "/admin/audit-log/", "/admin/evidence-packs/"),
    ),
}
# Pages that need something to show, by the file whose tests look at them in every look.
LOOKED_AT = {
    "test_access_policy.py": ("access_policy_version", "access_policy_activate"),
    "test_access_reviews.py": (
        *("access_reviews", "access_review_new", "access_review", "access_review_item"),
        "access_review_close",
    ),
    "test_approval_accessibility.py": ("ask", "reviews", "request", "end", "extend", "end-all"),
    "test_my_access.py": ("request-access", "save-set"),
    "test_queue.py": ("activations_queueditem_decisions",),
    "test_several_accesses.py": ("end-chosen", "extend-several"),
}
# One template each, which a page above has.
SAME_TEMPLATE = {
    "reject": "access_policy_activate",
    "_export": "activations_eligiblemember_export",
    "_change": "activations_request_change",
    "group": "activations_eligiblemember_changelist",
    "access_review_keep": "access_review_close",
}
# Addresses that answer with a file or a redirection, only take forms, or do not exist for anybody.
NO_PAGES = {
    *(
        "access_review_download",
        "access_review_pack",
        "policy_export",
        "download_pack",
        "star",
        "delete-set",
        "activate",
    ),
    *("approve", "decline", "withdraw", "after-review", "activations_queueditem_approve"),
    *("activations_queueditem_decline", "activations_queueditem_decisions_row", "app_list"),
}
REFUSALS = {"/?activation=abc": 404, "/no-such-page": 404, "/admin/": 403}


def names_of(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[str]:
    """Yield the names of all addresses for people."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from names_of(one.url_patterns)
        elif one.name and not one.name.endswith(("_add", "_delete")):
            yield one.name


def test_every_page_is_looked_at() -> None:
    paths = [path.partition("?")[0] for some in PAGES.values() for path in some]
    ours = [path for path in paths if not path.startswith("/_gcp_iap/")]
    known = {resolve(path).url_name for path in ours} | NO_PAGES | {"activations_request_change"}
    known |= {name for names in LOOKED_AT.values() for name in names}
    people = [one for one in urlpatterns if not str(one.pattern).startswith("api/")]
    missing = {
        name
        for name in names_of(people)
        if name not in known and not name.endswith(tuple(SAME_TEMPLATE))
    }
    assert missing == set()
    for file in LOOKED_AT:
        assert "problems() == []" in Path(__file__).with_name(file).read_text()


@pytest.mark.parametrize("person", PAGES)
def test_pages_are_accessible_in_every_look(as_person: AsPerson, person: str) -> None:
    visitor = as_person(person)
    found = {}
    for path in PAGES[person]:
        visitor.go(path)
        if problems := visitor.problems():
            found[path] = problems
    assert found == {}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_admin_begins_at_its_top_with_the_current_list_in_sight(
    as_person: AsPerson, size: ViewportSize
) -> None:
    audrey = as_person("audrey")
    audrey.page.set_viewport_size(size)
    for path in ("/admin/", "/admin/activations/event/"):
        page = audrey.go(path)
        assert page.evaluate("window.scrollY") == 0
        expect(page.locator(".places a[aria-current]")).to_be_in_viewport(ratio=1)


def test_refusals_are_accessible_in_every_look(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    for path, status in REFUSALS.items():
        visitor.go(path, status=status)
        assert visitor.problems() == [], path


def test_the_result_of_a_request_is_accessible_in_every_look(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    visitor.go("/projects/billing-prod")
    visitor.role_box("roles/bigquery.dataViewer").check()
    request_access(visitor.page, "CASE-1 to look at")
    expect(visitor.page.get_by_role("status").first).to_contain_text("Active")
    assert visitor.problems() == []
    record = f"/admin/activations/request/{visitor.path().rpartition('/')[2]}/change/"
    audrey = as_person("audrey")
    audrey.go(record)
    assert audrey.problems() == []


def test_the_open_list_of_projects_is_accessible_in_every_look(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    visitor.go("/projects").get_by_role("combobox", name="Project").press_sequentially("prod")
    expect(visitor.page.get_by_role("option").first).to_be_visible()
    visitor.page.keyboard.press("ArrowDown")
    assert visitor.problems() == []

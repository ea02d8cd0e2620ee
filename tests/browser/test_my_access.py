"""The first page: few clicks, few keystrokes, and nothing that needs a mouse or a script."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import AsPerson
from tests.browser.demo import Demo
from tests.browser.effort import Effort
from tests.browser.visitor import Visitor

PHONE = {"width": 390, "height": 844}


def my_access(visitor: Visitor, query: str = "") -> Page:
    """Open the page once the demo has filled the eligibility index, which it does in the background."""
    for _ in range(60):
        page = visitor.go(f"/{query}")
        if page.get_by_label("Search roles and projects").count():
            return page
        page.wait_for_timeout(500)
    raise AssertionError("The demo has no eligibility index")


def row(page: Page, role: str, project: str) -> Locator:
    link = page.get_by_role("link", name=project, exact=True)
    return page.get_by_role("row").filter(has_text=role).filter(has=link)


def box(page: Page, role: str, project: str) -> Locator:
    return row(page, role, project).get_by_role("checkbox")


def chosen(page: Page) -> Locator:
    return page.get_by_role("list", name="Chosen roles").get_by_role("listitem")


def expect_active(page: Page) -> None:
    expect(page.get_by_role("status").first).to_contain_text("Active")


def test_an_activation_takes_two_clicks_and_the_justification(as_person: AsPerson) -> None:
    page = my_access(as_person("alice"))
    effort = Effort(page)
    # Not on the name or the check box, but somewhere in the row.
    effort.click(row(page, "roles/logging.admin", "shop-prod"))
    expect(box(page, "roles/logging.admin", "shop-prod")).to_be_checked()
    page.get_by_label("Justification").fill("CASE-60")
    effort.click(page.get_by_role("button", name="Request access"))
    expect_active(page)
    # The field of the justification has to be clicked once, too.
    assert effort.clicks + 1 <= 3


def test_an_activation_takes_at_most_fifteen_keystrokes(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    page = my_access(visitor)
    effort = Effort(page)
    effort.press("/")
    effort.type("pub")
    expect(page.get_by_role("status").first).to_have_text("1 role matches.")
    effort.press("Enter", "Enter")
    expect(page.get_by_label("Justification")).to_be_focused()
    effort.type("CASE-6")
    effort.press("Control+Enter")
    expect_active(page)
    assert "/requests/" in visitor.path()
    assert effort.keystrokes <= 15
    assert effort.clicks == 0


def test_roles_of_three_projects_are_requested_at_once(as_person: AsPerson, demo: Demo) -> None:
    visitor = as_person("alice")
    page = my_access(visitor)
    box(page, "roles/cloudsupport.techSupportEditor", "data-lake").check()
    box(page, "roles/cloudsql.admin", "example.com:legacy-crm").check()
    box(page, "roles/container.admin", "shop-staging").check()
    expect(page.get_by_role("button", name="Request access")).to_have_accessible_description(
        "Write a justification"
    )
    page.get_by_label("Justification").fill("CASE-61 three at once")
    page.get_by_role("button", name="Request access").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All 3 requests succeeded")
    assert visitor.problems() == []
    my_access(visitor)
    active = page.get_by_role("region", name="Active now")
    expect(active).to_contain_text("Kubernetes Engine Admin")
    expect(active).to_contain_text("left")
    assert len(demo.audit_lines("api.activateRole")) >= 3


def test_roles_that_need_approval_ask_for_reviewers_in_between(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    page = my_access(visitor)
    box(page, "roles/iam.securityAdmin", "shop-staging").check()
    box(page, "roles/compute.osAdminLogin", "shop-staging").check()
    page.get_by_label("Justification").fill("CASE-62 both kinds")
    button = page.get_by_role("button", name="Request access")
    expect(button).to_have_accessible_description("2 roles for 60 min; reviewers are next")
    button.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who should review?")
    expect(button).to_have_accessible_description("Choose at least 1 reviewer")
    assert visitor.problems() == []
    page.get_by_role("checkbox").first.check()
    expect(button).to_have_accessible_description("Ask 1 reviewer for 60 min")
    button.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All 2 requests succeeded")
    page.get_by_role("link", name="Security Admin").click()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("You withdrew")


def test_the_list_follows_what_is_typed_and_the_bar_names_what_was_chosen(
    as_person: AsPerson,
) -> None:
    page = my_access(as_person("alice"))
    box(page, "roles/bigquery.dataViewer", "billing-prod").check()
    page.get_by_label("Search roles and projects").fill("spanner shop")
    expect(page.locator("[data-list] tbody tr:visible")).to_have_count(1)
    expect(chosen(page)).to_have_text(["BigQuery Data Viewer on billing-prod×"])
    page.get_by_label("Search roles and projects").fill("")
    page.get_by_role("button", name="Remove BigQuery Data Viewer on billing-prod").click()
    expect(chosen(page)).to_have_count(0)
    expect(box(page, "roles/bigquery.dataViewer", "billing-prod")).not_to_be_checked()


def test_a_long_list_is_searched_by_the_server_and_keeps_what_was_chosen(
    as_person: AsPerson,
) -> None:
    page = my_access(as_person("alice"))
    page.evaluate("document.querySelector('[data-rows]').removeAttribute('data-complete')")
    box(page, "roles/bigquery.dataViewer", "billing-prod").check()
    page.get_by_label("Search roles and projects").fill("spanner")
    rows = page.locator("[data-list] tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("BigQuery Data Viewer")
    expect(rows.last).to_contain_text("Cloud Spanner Admin")
    rows.last.get_by_role("checkbox").check()
    expect(chosen(page)).to_have_count(2)
    page.get_by_label("Search roles and projects").fill("nothing-like-it")
    expect(rows).to_have_count(2)
    expect(page.get_by_role("status").first).to_contain_text("No role matches")


def test_arrows_and_enter_choose(as_person: AsPerson) -> None:
    page = my_access(as_person("alice"))
    keys = page.keyboard
    keys.press("/")
    keys.type("compute")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.locator("input:focus")).to_be_checked()
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    expect(page.get_by_label("Search roles and projects")).to_be_focused()
    expect(chosen(page)).to_have_count(1)


def test_single_keys_are_listed_and_can_be_switched_off(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    page = my_access(visitor)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    assert visitor.problems() == []
    dialog.get_by_role("checkbox").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("/")
    expect(page.get_by_label("Search roles and projects")).not_to_be_focused()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog.get_by_role("checkbox").check()


def test_a_star_is_kept_without_losing_what_was_typed(as_person: AsPerson) -> None:
    page = my_access(as_person("alice"))
    star = page.get_by_role("button", name="Star Cloud Run Admin on shop-prod")
    page.get_by_label("Justification").fill("CASE-63")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Justification")).to_have_value("CASE-63")
    my_access_again = page.reload()
    assert my_access_again
    expect(page.locator("[data-list] tbody tr").first).to_contain_text("roles/run.admin")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "false")


def test_a_saved_set_is_chosen_with_one_click(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    page = my_access(visitor)
    box(page, "roles/run.admin", "shop-prod").check()
    box(page, "roles/bigquery.dataViewer", "billing-prod").check()
    page.get_by_role("button", name="Save as a set").click()
    page.get_by_label("Name of the set").fill("On call")
    assert visitor.problems() == []
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="On call").click()
    expect(chosen(page)).to_have_count(2)
    assert visitor.problems() == []
    page.get_by_role("button", name="Delete the set On call").click()
    expect(page.get_by_role("link", name="On call")).to_have_count(0)


def test_on_a_phone_the_bar_stays_in_sight_with_the_justification(as_person: AsPerson) -> None:
    visitor = as_person("alice", viewport=PHONE)
    for path in ("", "projects/shop-prod"):
        page = my_access(visitor) if not path else visitor.go(f"/{path}")
        # Reviewers have to be chosen for others, which makes the bar higher.
        without_approval = page.locator("tr").filter(has_text="Yourself")
        without_approval.locator("input[data-name]:enabled").nth(2).check()
        for field in (
            page.get_by_label("Justification"),
            page.get_by_role("button", name="Request access"),
            chosen(page).first,
        ):
            expect(field).to_be_in_viewport(ratio=1)
        bar = page.locator(".request-bar").bounding_box()
        assert bar
        assert bar["height"] < PHONE["height"] / 3


def test_the_last_duration_and_justification_can_be_used_again(as_person: AsPerson) -> None:
    # Requests have whole seconds. Of two in the same one, either counts as the last, so nobody else asks as Dave.
    page = as_person("dave").go("/projects/billing-prod")
    page.get_by_role("checkbox", name="roles/bigquery.dataViewer").check()
    page.get_by_role("button", name="30 min", exact=True).click()
    expect(page.get_by_label("minutes", exact=True)).to_have_value("30")
    page.get_by_label("Justification").fill("CASE-64 as before")
    page.get_by_role("button", name="Request access").click()
    expect_active(page)
    expect(page.get_by_role("main")).to_contain_text("CASE-64 as before")
    page.goto(page.url.partition("/requests")[0] + "/projects/billing-prod")
    page.get_by_role("button", name="As last time: 30 min, “CASE-64 as before”").click()
    expect(page.get_by_label("Justification")).to_have_value("CASE-64 as before")
    expect(page.get_by_label("minutes", exact=True)).to_have_value("30")


def test_everything_works_without_scripts(as_person: AsPerson) -> None:
    page = my_access(as_person("alice", java_script_enabled=False))
    page.get_by_label("Search roles and projects").fill("error")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("[data-list] tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Star Error Reporting Admin on shop-prod").click()
    page.get_by_role("link", name="Show all").click()
    expect(page.locator("[data-list] tbody tr").first).to_contain_text("errorreporting")
    page.get_by_role("button", name="Star Error Reporting Admin on shop-prod").click()
    box(page, "roles/compute.networkAdmin", "shop-prod").check()
    box(page, "roles/compute.osAdminLogin", "shop-staging").check()
    page.get_by_label("Justification").fill("CASE-65 without scripts")
    page.get_by_role("button", name="Request access").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All 2 requests succeeded")


def test_the_page_is_accessible_in_every_look(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    page = my_access(visitor)
    box(page, "roles/bigquery.dataViewer", "billing-prod").check()
    assert visitor.problems() == []
    my_access(visitor, "?q=nothing")
    assert visitor.problems() == []


def test_the_page_of_a_person_without_roles_is_accessible_in_every_look(
    as_person: AsPerson,
) -> None:
    my_access(as_person("alice"))
    visitor = as_person("charlie")
    page = visitor.go("/")
    expect(page.get_by_role("heading", level=3)).to_have_text("You have no eligible roles")
    assert visitor.problems() == []

"""People see their eligible roles and activate them."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import AsPerson
from tests.browser.demo import Demo
from tests.browser.visitor import Visitor

PROJECT = "shop-prod"


def choose_project(visitor: Visitor, letters: str = "shop-p") -> None:
    # It becomes a combobox when the script has loaded; until then it is a plain field.
    picker = visitor.page.get_by_role("combobox", name="Project")
    picker.fill("")
    picker.press_sequentially(letters)
    visitor.page.get_by_role("option", name=PROJECT).click()
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text(PROJECT)


def request_access(page: Page, justification: str) -> None:
    page.get_by_label("Justification").fill(justification)
    page.get_by_role("button", name="Request access").click()


def bindings_of(demo: Demo, member: str, role: str) -> list[str]:
    """Return the titles of the conditions under which a person has a role."""
    return [
        binding["condition"]["title"]
        for binding in demo.policy(PROJECT)["bindings"]
        if binding["role"] == role and binding["members"] == [member] and "condition" in binding
    ]


def test_alice_picks_a_project_activates_two_roles_and_sees_them_active(
    as_person: AsPerson, demo: Demo
) -> None:
    roles = ("roles/pubsub.admin", "roles/run.admin")
    visitor = as_person("alice")
    visitor.go("/activity")
    choose_project(visitor)
    for role in roles:
        visitor.role_box(role).check()
    request_access(visitor.page, "CASE-17 queue is stuck")

    for role in roles:
        expect(visitor.page.get_by_role("row").filter(has_text=role)).to_contain_text("Active")
        assert "JIT access activation" in bindings_of(demo, "user:alice@example.com", role)
    visitor.go(f"/projects/{PROJECT}")
    for role in roles:
        expect(visitor.role_row(role)).to_contain_text("1 h left")


def test_the_audit_line_of_each_role_is_written_to_standard_output(
    as_person: AsPerson, demo: Demo
) -> None:
    visitor = as_person("alice")
    visitor.go(f"/projects/{PROJECT}")
    visitor.role_box("roles/dns.admin").check()
    request_access(visitor.page, "CASE-18 zone transfer")
    expect(visitor.page.get_by_role("status").first).to_contain_text("Active")

    [labels] = [
        entry["logging.googleapis.com/labels"]
        for entry in demo.audit_lines("api.activateRole")
        if "CASE-18" in entry["logging.googleapis.com/labels"]["justification"]
    ]
    assert (labels["user"], labels["role"]) == ("alice@example.com", "roles/dns.admin")
    assert labels["project_id"] == PROJECT


def test_the_request_is_listed_in_the_activity_with_its_justification(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    visitor.go(f"/projects/{PROJECT}")
    visitor.role_box("roles/container.admin").check()
    request_access(visitor.page, "CASE-19 nodes do not come up")
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    visitor.page.get_by_role("link", name="Activity").click()
    expect(visitor.page.get_by_role("main")).to_contain_text("CASE-19 nodes do not come up")


def test_charlie_reads_that_he_has_no_roles_and_what_to_do(as_person: AsPerson) -> None:
    visitor = as_person("charlie")
    visitor.go(f"/projects/{PROJECT}")
    expect(visitor.page.get_by_role("heading", level=2)).to_contain_text("no eligible roles")
    expect(visitor.page.get_by_role("main")).to_contain_text("ask the people who administer it")
    expect(visitor.page.get_by_role("button", name="Request access")).to_have_count(0)


def test_the_button_says_why_it_is_disabled(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    visitor.go(f"/projects/{PROJECT}")
    button = visitor.page.get_by_role("button", name="Request access")
    expect(button).to_have_accessible_description("Choose at least one role")
    visitor.role_box("roles/logging.admin").check()
    expect(button).to_have_accessible_description("Write a justification")
    button.press("Enter")
    expect(visitor.page.get_by_label("Justification")).to_be_focused()
    assert visitor.path() == f"/projects/{PROJECT}"


def test_nothing_moves_while_typing_the_justification(as_person: AsPerson) -> None:
    visitor = as_person("alice", viewport={"width": 1240, "height": 700})
    visitor.go(f"/projects/{PROJECT}")
    visitor.page.get_by_label("Justification").focus()
    visitor.page.evaluate("scrollTo(0, 0)")
    visitor.page.keyboard.type("CASE-23 calmly")
    assert visitor.page.evaluate("scrollY") == 0


def test_what_has_the_focus_is_not_hidden_under_the_request_bar(as_person: AsPerson) -> None:
    visitor = as_person("alice", viewport={"width": 1240, "height": 700})
    visitor.go(f"/projects/{PROJECT}")
    for role in ("roles/compute.networkAdmin", "roles/container.admin", "roles/dns.admin"):
        box = visitor.role_box(role)
        visitor.tab_to(box)
        shown = box.bounding_box()
        bar = visitor.page.locator(".request-bar").bounding_box()
        assert shown
        assert bar
        assert shown["y"] + shown["height"] <= bar["y"]


def test_a_double_click_makes_one_request(as_person: AsPerson, demo: Demo) -> None:
    visitor = as_person("alice")
    visitor.go(f"/projects/{PROJECT}")
    visitor.role_box("roles/monitoring.admin").check()
    visitor.page.get_by_label("Justification").fill("CASE-20 twice")
    visitor.page.get_by_role("button", name="Request access").dblclick()
    expect(visitor.page.get_by_role("status").first).to_contain_text("Active")
    visitor.go("/activity")
    expect(visitor.page.get_by_text("CASE-20 twice")).to_have_count(1)


def test_bindings_that_look_eligible_and_are_not_are_explained(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    visitor.go("/projects/shop-staging")
    visitor.page.get_by_role("group").locator("summary").first.click()
    expect(visitor.page.get_by_role("main")).to_contain_text("jitAccesConstraint")


def test_everything_works_without_scripts(as_person: AsPerson) -> None:
    visitor = as_person("alice", java_script_enabled=False)
    visitor.go("/projects")
    visitor.page.get_by_label("Project").fill(PROJECT)
    visitor.page.get_by_role("button", name="Open").click()
    visitor.role_box("roles/errorreporting.admin").check()
    request_access(visitor.page, "CASE-21 without scripts")
    row = visitor.page.get_by_role("row").filter(has_text="roles/errorreporting.admin")
    expect(row).to_contain_text("Active")


def test_everything_works_without_a_mouse(as_person: AsPerson) -> None:
    visitor = as_person("alice")
    page, keys = visitor.go("/projects"), visitor.page.keyboard
    expect(page.get_by_role("combobox", name="Project")).to_be_focused()
    keys.type("shop-pro")
    expect(page.get_by_role("option", name=PROJECT)).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(PROJECT)

    visitor.tab_to(visitor.role_box("roles/secretmanager.admin"))
    keys.press("Space")
    visitor.tab_to(page.get_by_label("Justification"))
    keys.type("CASE-22 by keyboard")
    visitor.tab_to(page.get_by_role("button", name="Request access"))
    keys.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Active")

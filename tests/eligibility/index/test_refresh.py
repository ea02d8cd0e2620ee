"""A refresh makes the index agree with Google, in one run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from eligibility.index.reading import text
from eligibility.index.served import served
from eligibility.models import (
    IndexedBinding,
    IndexedGroup,
    IndexedProject,
    IndexedRole,
    Refresh,
)
from simulator import Simulator
from tests.eligibility.index.runs import Clock, run
from tests.eligibility.index.world import expected, indexed
from tests.moments import now

pytestmark = pytest.mark.django_db
JIT, MPA = "has({}.jitAccessConstraint)", "has({}.multiPartyApprovalConstraint)"


def test_the_index_holds_what_google_says(simulated: Simulator) -> None:
    row = run(simulated)
    content = indexed()
    assert content == expected(simulated)
    assert row is not None
    assert row.status == Refresh.Status.COMPLETE
    assert (row.projects, row.bindings) == (len(content["projects"]), len(content["bindings"]))
    assert row.groups == len(content["groups"])
    assert row.calls == len(simulated.calls.google)


@pytest.mark.parametrize(("size", "has_empty_pages"), [(1, False), (2, True), (7, False)])
def test_pages_of_any_size_give_the_same_index(
    simulated: Simulator, size: int, has_empty_pages: bool
) -> None:
    simulated.page_size, simulated.empty_pages = size, has_empty_pages
    run(simulated)
    assert indexed() == expected(simulated)


def test_all_changes_are_in_the_index_after_one_run(simulated: Simulator) -> None:
    company = simulated.company
    run(simulated)
    company.remove_project("payroll")
    company.resource("billing-prod").parent = "folders/10"
    company.resource("data-lake").display_name = "Lake of data"
    company.add_project("new-shop", parent="folders/12")
    company.bind("new-shop", "roles/run.admin", "user:alice@example.com", JIT)
    company.bind("folders/20", "roles/run.admin", "group:payments-approvers@example.com", MPA)
    policy = company.policy("shop-prod")
    policy["bindings"] = policy["bindings"][:3]
    company.put_policy("shop-prod", policy)
    assert indexed() != expected(simulated)
    run(simulated)
    assert indexed() == expected(simulated)


def test_projects_that_are_being_deleted_are_never_listed(simulated: Simulator) -> None:
    simulated.company.resource("shop-prod").state = "DELETE_REQUESTED"
    run(simulated, query="")
    assert not IndexedProject.objects.filter(project_id__in=["shop-prod", "retired-blog"]).exists()
    assert not IndexedBinding.objects.filter(node="projects/shop-prod").exists()


def test_only_projects_that_the_query_finds_are_offered(simulated: Simulator) -> None:
    run(simulated, query="labels.env:prod")
    offered = IndexedProject.objects.filter(is_offered=True)
    assert set(offered.values_list("project_id", flat=True)) == {"shop-prod", "billing-prod"}


def test_bindings_with_a_misspelt_marker_are_kept_with_a_warning(
    simulated: Simulator,
) -> None:
    run(simulated)
    row = IndexedBinding.objects.get(node="projects/shop-staging", role="roles/redis.admin")
    assert row.activation_type == ""
    assert "use has({}.jitAccessConstraint) instead" in row.warning


def test_a_binding_with_both_markers_is_self_approved_with_a_warning(simulated: Simulator) -> None:
    simulated.company.bind("payroll", "roles/x.y", "user:Alice@Example.com", f"{MPA} && {JIT}")
    run(simulated)
    row = IndexedBinding.objects.get(role="roles/x.y")
    assert (row.activation_type, row.resource_condition) == ("JIT", "")
    assert "both markers" in row.warning
    assert [member.member for member in row.members.all()] == ["user:alice@example.com"]


def test_bindings_of_others_and_activations_are_not_kept(simulated: Simulator) -> None:
    run(simulated)
    assert not IndexedBinding.objects.filter(role="roles/owner").exists()
    assert not IndexedBinding.objects.filter(title="JIT access activation").exists()


def test_texts_that_no_database_stores_do_not_stop_a_refresh(simulated: Simulator) -> None:
    simulated.company.resource("payroll").display_name = "Pay\x00roll " + "x" * 300
    simulated.company.bind("payroll", "roles/x.y", "user:" + "a" * 500, JIT, title="a\x00b")
    row = run(simulated)
    assert row is not None
    assert row.status == Refresh.Status.COMPLETE
    assert IndexedProject.objects.get(project_id="payroll").name.startswith("Payroll xxx")
    assert text("a \ud800b\x00c", 4) == "a ?b"


def test_titles_come_from_iam_and_custom_roles_are_asked_for_one_by_one(
    simulated: Simulator,
) -> None:
    custom = "organizations/7/roles/deployer"
    simulated.company.role_titles = {custom: "Deployer of things", "roles/run.admin": "Run Boss"}
    simulated.company.bind("payroll", custom, "user:erin@example.com", JIT)
    run(simulated)
    titles = dict(IndexedRole.objects.values_list("role", "title"))
    assert (titles[custom], titles["roles/run.admin"]) == ("Deployer of things", "Run Boss")
    assert "roles/browser" not in titles  # nobody is eligible for it
    simulated.calls.clear()
    run(simulated)
    assert len(simulated.calls.of("iam.*")) == 0


@pytest.mark.parametrize("status", [403, 404, 503])
def test_an_index_without_titles_is_served(
    simulated: Simulator, no_retry_delay: object, status: int
) -> None:
    simulated.company.bind("payroll", "projects/payroll/roles/x", "user:erin@example.com", JIT)
    simulated.faults.add("iam.*", status=status, times=None)
    run(simulated)
    roles = expected(simulated) | {"roles": set()}
    assert indexed() == roles


def test_a_narrower_scope_is_enough(simulated: Simulator, settings: object) -> None:
    simulated.company.organization = "folders/12"
    run(simulated)
    assert {row[0] for row in indexed()["projects"]} == {"shop-prod", "shop-staging"}
    assert {row[0] for row in indexed()["bindings"]} == {
        "projects/shop-prod",
        "projects/shop-staging",
    }


def test_all_policies_are_read_five_hundred_at_a_time_and_nothing_is_searched_for(
    simulated: Simulator,
) -> None:
    run(simulated)
    searches = simulated.calls.of("cloudasset.search*")
    assert len(searches) == 2
    for call in searches:
        assert call.params["pageSize"] == ["500"]
        assert call.params.get("query", [""]) == [""]


def test_the_old_generation_is_deleted_one_run_later(simulated: Simulator) -> None:
    first, second, third = run(simulated), run(simulated), run(simulated)
    assert first is not None
    assert second is not None
    assert third is not None
    kept = set(IndexedProject.objects.values_list("refresh", flat=True).distinct())
    assert kept == {second.pk, third.pk}
    assert Refresh.objects.filter(is_cleared=True).get() == first
    assert served(now()) == third


def test_rows_about_refreshes_are_deleted_after_two_weeks(simulated: Simulator) -> None:
    first = run(simulated)
    clock = Clock()
    clock.pass_by(timedelta(days=15))
    for _ in range(2):
        run(simulated, clock=clock)
    assert first is not None
    assert not Refresh.objects.filter(pk=first.pk).exists()


def test_groups_that_no_binding_names_any_more_are_deleted(simulated: Simulator) -> None:
    run(simulated)
    assert IndexedGroup.objects.filter(email="payments-approvers@example.com").exists()
    simulated.company.put_policy("billing-prod", {"bindings": []})
    for _ in range(2):
        run(simulated)
    assert not IndexedGroup.objects.filter(email="payments-approvers@example.com").exists()
    assert indexed() == expected(simulated)

"""The seeded company shows every case of the product."""

import re

import pytest

from simulator import Simulator, example_company
from simulator.seed_bindings import ACTIVATION, window
from simulator.seed_demo import demo_company
from tests.simulator.client import Google


def expressions(sim: Simulator, project: str = "shop-prod") -> list[str]:
    bindings = sim.company.policy(project)["bindings"]
    return [binding["condition"]["expression"] for binding in bindings if "condition" in binding]


def test_thirteen_people_can_sign_in(sim: Simulator) -> None:
    people = [user for user in sim.company.users.values() if not user.suspended]
    assert len(people) == 13
    assert all(user.about for user in people)


def test_six_projects_live_in_nested_folders(sim: Simulator) -> None:
    company = sim.company
    chain = company.ancestry(company.resource("shop-prod"))
    assert [each.name for each in chain] == [
        "projects/shop-prod",
        "folders/12",
        "folders/11",
        "folders/10",
        "organizations/7",
    ]
    active = [
        each
        for each in company.resources.values()
        if each.kind == "projects" and each.state == "ACTIVE"
    ]
    assert len(active) == 7  # six and the application's own


def test_every_seeded_policy_can_be_written_back(sim: Simulator, google: Google) -> None:
    for name, resource in list(sim.company.resources.items()):
        if resource.state == "ACTIVE":
            policy = google.policy(name)
            assert google.write(policy, name)[0] == 200


def test_every_seeded_binding_would_be_accepted_again(sim: Simulator, google: Google) -> None:
    for name in ("shop-prod", "shop-staging", "billing-prod", "data-lake"):
        policy = sim.company.policy(name)
        standing = [
            binding
            for binding in policy["bindings"]
            if not any(member.startswith("deleted:") for member in binding["members"])
        ]
        sim.company.put_policy(name, {"bindings": []})
        answer = google.write({"version": 3, "bindings": standing}, f"projects/{name}")
        assert answer[0] == 200, answer


def test_alice_has_more_than_ten_roles_to_activate_on_the_shop(sim: Simulator) -> None:
    roles = {
        binding["role"]
        for binding in sim.company.policy("shop-prod")["bindings"]
        if binding["members"] == ["user:alice@example.com"]
        and "has({}.jitAccessConstraint)" in binding.get("condition", {}).get("expression", "")
    }
    assert len(roles) >= 12


def test_groups_nest_three_deep_and_one_pair_contains_each_other(sim: Simulator) -> None:
    groups = sim.company.groups
    assert "platform-oncall@example.com" in groups["platform@example.com"].members
    assert "platform@example.com" in groups["engineering@example.com"].members
    assert "data-friends@example.com" in groups["data-guild@example.com"].members
    assert "data-guild@example.com" in groups["data-friends@example.com"].members
    assert groups["analysts@partner.example"].external


@pytest.mark.parametrize("pattern", [r"jitAccesConstraint", r"\|\| resource", r"^!has", "`name`"])
def test_shop_staging_has_the_oddities(sim: Simulator, pattern: str) -> None:
    assert any(re.search(pattern, text) for text in expressions(sim, "shop-staging"))


def test_an_activation_of_alice_has_expired_and_one_of_bob_is_active() -> None:
    company = example_company(now=1_800_000_000)
    activations = {
        binding["members"][0]: binding["condition"]["expression"]
        for binding in company.policy("shop-prod")["bindings"]
        if binding.get("condition", {}).get("title") == ACTIVATION
    }
    assert activations == {
        "user:alice@example.com": window(1_700_000_000, 1_700_003_600),
        "user:bob@example.com": window(1_799_999_400, 1_800_003_000),
    }
    assert 'timestamp("2023-11-14T22:13:20Z")' in activations["user:alice@example.com"]


def test_the_company_of_the_demo_has_thirty_projects_and_names_in_many_scripts() -> None:
    company = demo_company()
    active = [
        one
        for one in company.resources.values()
        if one.kind == "projects"
        and one.state == "ACTIVE"
        and one.name != "projects/jit-access-host"
    ]
    assert len(active) == 30
    names = " ".join(
        [*(one.display_name for one in active), *(u.about for u in company.users.values())]
    )
    assert all(letter in names for letter in "üéñøł東上서")
    assert set(example_company().users) < set(company.users)
    for role, name in (
        ("roles/logging.viewer", "folders/30"),
        ("roles/bigquery.admin", "folders/31"),
    ):
        assert role in {binding["role"] for binding in company.policy(name)["bindings"]}

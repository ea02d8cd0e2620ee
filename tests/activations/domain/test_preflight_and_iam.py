"""The pre-flight check accepts exactly the changes that IAM accepts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from activations.domain.bindings import Wanted, new_binding, with_activations
from activations.domain.preflight import AlreadyHeld, check_policy
from activations.domain.rules import Refusal
from eligibility.facts import Principals
from simulator import policy_rules
from simulator.company import Company
from simulator.conditions import check_condition
from simulator.errors import ApiError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ME = "alice@example.com"
ALICE = Principals.of(ME, ["sre@example.com"])
MEMBERS = (f"user:{ME}", "user:Alice@example.com", "user:bob@example.com", "group:sre@example.com")
ROLES = ("roles/compute.admin", "roles/storage.admin", "roles/viewer")
hours = st.integers(-3, 3).map(lambda count: NOW + timedelta(hours=count))


@st.composite
def requested_activations(draw: st.DrawFn) -> Wanted:
    start, end = sorted(draw(st.lists(hours, min_size=2, max_size=2, unique=True)))
    operators = draw(st.integers(0, 13))
    condition = " || ".join(f'resource.name == "{n}"' for n in range(operators))
    return Wanted(ME, draw(st.sampled_from(ROLES)), condition, start, end, "why")


wanted = requested_activations().filter(lambda wish: wish.end > NOW)


def foreign() -> st.SearchStrategy[dict[str, Any]]:
    condition = st.integers(0, 50).map(lambda n: {"title": "t", "expression": f"a == {n}"})
    member = st.lists(
        st.sampled_from(MEMBERS), min_size=1, max_size=3, unique=True
    )  # in the form that IAM stores
    always = st.builds(
        lambda role, who: {"role": role, "members": who}, st.sampled_from(ROLES), member
    )
    return st.one_of(
        always, st.builds(lambda one, when: one | {"condition": when}, always, condition)
    )


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """Generate policies that IAM could have, most of them near its limits."""
    some = draw(st.lists(foreign() | requested_activations().map(new_binding), max_size=5))
    crowded = draw(st.integers(17, 21)) if draw(st.booleans()) else 0
    many = [
        {
            "role": ROLES[0],
            "members": [MEMBERS[0]],
            "condition": {"title": "t", "expression": f"b == {n}"},
        }
        for n in range(crowded)
    ]
    size = sum(len(binding["members"]) for binding in (*some, *many))
    filler = draw(st.integers(1496, 1500)) - size if draw(st.booleans()) else 0
    full = [{"role": "roles/browser", "members": [f"user:p{n}@example.com" for n in range(filler)]}]
    return {"etag": "x", "bindings": [*some, *many, *(full if filler > 0 else [])]}


def is_accepted_by_iam(policy: dict[str, Any], requested_activations: list[Wanted]) -> bool:
    company = Company()
    project = company.add_project("shop")
    company.put_policy("shop", policy)
    for who in (ME, "bob@example.com"):
        company.add_user(who)
    after = with_activations(policy, requested_activations, now=NOW)
    try:
        policy_rules.check_policy(company, after, project)
    except ApiError:
        return False
    return True


def is_accepted_by_us(policy: dict[str, Any], requested_activations: list[Wanted]) -> bool:
    try:
        check_policy(policy, requested_activations, now=NOW, principals=ALICE)
    except AlreadyHeld:
        raise
    except Refusal:
        return False
    return True


def is_valid_in_iam(policy: dict[str, Any]) -> bool:
    """Return whether IAM could have this policy."""
    try:
        policy_rules.check_sizes(policy)
        policy_rules.check_conditions_per_principal(policy["bindings"])
        for condition in [b["condition"] for b in policy["bindings"] if "condition" in b]:
            check_condition(condition)
    except ApiError:
        return False
    return not any(b["role"] == ROLES[2] and b.get("condition") for b in policy["bindings"])


@given(policies().filter(is_valid_in_iam), st.lists(wanted, min_size=1, max_size=3))
@example({"bindings": []}, [Wanted(ME, ROLES[0], "", NOW, NOW + timedelta(hours=1), "why")])
def test_pre_flight_accepts_what_iam_accepts_unless_the_role_is_held(policy, requested_activations):
    try:
        ours = is_accepted_by_us(policy, requested_activations)
    except AlreadyHeld:
        roles = {wish.role for wish in requested_activations}
        assert any(
            binding["role"] in roles
            and "condition" not in binding
            and {m.lower() for m in binding["members"]} & set(ALICE.ways)
            for binding in policy["bindings"]
        )
    else:
        assert ours == is_accepted_by_iam(policy, requested_activations)

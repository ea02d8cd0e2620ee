"""Which roles a person is eligible for, directly or through groups, at every level, with warnings."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.conditions import ACTIVATION_TITLE, activation_expression
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Principals
from eligibility.holders import groups_of_holders, holders
from eligibility.membership import Activation, EntitlementSet, Holding, entitlements, roles_held
from eligibility.validity import Period
from tests.eligibility.cases import FOLDER, JIT, MPA, NOON, PROJECT, Attached, attached, binding

ALICE = "user:alice@example.com"
BROWSER = ProjectRole("project-1", "roles/browser")


def of_alice(*policies: Attached, groups: tuple[str, ...] = (), **rest: Any) -> EntitlementSet:
    return entitlements(
        project_id="project-1",
        policies=policies,
        principals=Principals.of("alice@example.com", groups),
        **({"wanted": Period.of(NOON, timedelta(hours=1))} | rest),
    )


def activated(role: str, starts: int, ends: int, condition: str = "") -> dict[str, Any]:
    """Bind a role to Alice for a period in minutes after noon."""
    start, end = (NOON + timedelta(minutes=minutes) for minutes in (starts, ends))
    expression = activation_expression(start, end, condition)
    return binding(role, ALICE, when=expression, title=ACTIVATION_TITLE)


def ids(found: EntitlementSet) -> list[str]:
    return [holding.project_role.id for holding in found.available]


@pytest.mark.parametrize(
    "member", ["user:alice@example.com", "user:Alice@Example.COM", "USER:ALICE@EXAMPLE.COM"]
)
def test_people_are_matched_in_any_case(member: str) -> None:
    assert of_alice(attached(binding("roles/browser", member, when=JIT))).available == (
        Holding(BROWSER, ActivationType.JIT, (ALICE,), PROJECT),
    )


@pytest.mark.parametrize(
    "member",
    [
        "alice@example.com",
        "user:alice@example.com.evil.org",
        "user:bob@example.com",
        "group:alice@example.com",
        "user:sre@example.com",
        "serviceAccount:alice@example.com",
        "domain:example.com",
        "allUsers",
        "allAuthenticatedUsers",
        "deleted:user:alice@example.com?uid=1",
        "deleted:group:sre@example.com?uid=1",
        "principal://goog/subject/alice@example.com",
        "principalSet://goog/group/sre@example.com",
        "",
    ],
)
def test_other_members_do_not_match(member: str) -> None:
    policy = attached(binding("roles/browser", member, when=JIT))
    assert not of_alice(policy, groups=("sre@example.com",)).available


def test_a_role_names_the_shortest_path_through_groups() -> None:
    policy = attached(
        binding("roles/a", "group:SRE@example.com", when=JIT),
        binding("roles/b", "group:sre@example.com", ALICE, when=JIT),
    )
    found = of_alice(policy, groups=("sre@example.com",))
    assert [holding.via for holding in found.available] == [
        (ALICE, "group:sre@example.com"),
        (ALICE,),
    ]


def test_bindings_of_all_levels_count_and_equal_ones_are_merged() -> None:
    organization = "//cloudresourcemanager.googleapis.com/organizations/7"
    found = of_alice(
        attached(binding("roles/browser", ALICE, when=JIT)),
        attached(binding("roles/browser", ALICE, when=JIT), to=FOLDER),
        attached(binding("roles/viewer", ALICE, when=MPA), to=organization),
    )
    assert [
        (holding.project_role.role, holding.attached_resource) for holding in found.available
    ] == [
        ("roles/browser", PROJECT),
        ("roles/viewer", organization),
    ]


def test_self_approval_wins_wherever_it_is_set() -> None:
    mpa_first = (
        attached(binding("roles/browser", ALICE, when=MPA)),
        attached(binding("roles/browser", ALICE, when=JIT), to=FOLDER),
    )
    (holding,) = of_alice(*mpa_first).available
    assert (holding.activation_type, holding.attached_resource) == (ActivationType.JIT, FOLDER)
    (holding,) = of_alice(*mpa_first, types=[ActivationType.MPA]).available
    assert (holding.activation_type, holding.attached_resource) == (ActivationType.MPA, PROJECT)


def test_equivalent_resource_conditions_are_one_role() -> None:
    found = of_alice(
        attached(
            binding("roles/browser", ALICE, when=f"{JIT}&&resource.name=='x'"),
            binding("roles/browser", ALICE, when=f'(resource.name == "x") && {MPA}'),
            binding("roles/browser", ALICE, when=f'{MPA} && resource.name == "y"'),
            binding("roles/browser", ALICE, when=MPA),
        )
    )
    assert [(h.project_role.resource_condition, h.activation_type) for h in found.available] == [
        ("", ActivationType.MPA),
        ('resource.name == "x"', ActivationType.JIT),
        ('resource.name == "y"', ActivationType.MPA),
    ]


def test_roles_are_sorted_by_id_code_unit_by_code_unit() -> None:
    roles = ["roles/b", "roles/a.b", "roles/a", "roles/B"]
    policy = [binding(role, ALICE, when=JIT) for role in roles]
    policy.append(binding("roles/a", ALICE, when=f"{JIT} && x"))
    assert ids(of_alice(attached(*policy))) == [
        "project-1:roles/B",
        "project-1:roles/a",
        "project-1:roles/a.b",
        "project-1:roles/a:eA==",
        "project-1:roles/b",
    ]


def test_an_activation_is_current_from_its_start_to_before_its_end() -> None:
    policy = attached(activated("roles/browser", 0, 5))
    activation = Activation(BROWSER, NOON, NOON + timedelta(minutes=5))
    second = timedelta(seconds=1)
    for now, is_current in [
        (NOON - second, False),
        (NOON, True),
        (activation.end - second, True),
        (activation.end, False),
    ]:
        found = of_alice(policy, wanted=Period.of(now, timedelta(hours=1)))
        assert (found.current, found.expired) == (
            ({BROWSER: activation}, {}) if is_current else ({}, {BROWSER: activation})
        )


def test_of_several_activations_the_one_that_ends_last_counts() -> None:
    policy = attached(
        activated("roles/browser", -5, 20),
        activated("roles/browser", -5, 60),
        activated("roles/browser", -5, 30),
        activated("roles/browser", 30, 90),
        activated("roles/viewer", -9, -1),
        activated("roles/viewer", -9, -3),
    )
    found = of_alice(policy)
    assert found.current[BROWSER].end == NOON + timedelta(minutes=60)
    assert BROWSER not in found.expired
    (viewer,) = found.expired.values()
    assert viewer.end == NOON - timedelta(minutes=1)


def test_activations_with_and_without_a_resource_condition_are_separate() -> None:
    policy = attached(activated("roles/browser", 0, 5), activated("roles/browser", 0, 9, "a > b"))
    assert [role.resource_condition for role in of_alice(policy).current] == ["", "a > b"]


def test_each_binding_that_does_not_count_causes_one_warning() -> None:
    typo = binding("roles/a", ALICE, when="has({}.jitAccessConstrain)")
    broken = binding("roles/b", ALICE, when=f"{JIT} && (")
    strange = activated("roles/c", 0, 5)
    strange["condition"]["expression"] = strange["condition"]["expression"].replace("2030", "x")
    found = of_alice(
        attached(typo, typo, binding("roles/d", ALICE, when=JIT)),
        attached(broken, to=FOLDER),
        attached(strange, to="organizations/7"),
        attached(typo, to="somewhere"),
    )
    assert ids(found) == ["project-1:roles/d"]
    typing_error = '"jitAccessConstrain" is not a marker; use has({}.jitAccessConstraint) instead'
    bad_time = 'its condition contains an invalid timestamp ("x-01-01T12:00:00Z")'
    advice = " Ask an administrator to correct its condition."
    assert all(warning.endswith(advice) for warning in found.warnings)
    assert [warning.removesuffix(advice) for warning in found.warnings] == [
        f"roles/a on project project-1 is ignored: {typing_error}.",
        "roles/b on folder 42 is ignored: its condition cannot be read: it is not CEL.",
        f"roles/c on organization 7 is ignored: {bad_time}.",
        f"roles/a on somewhere is ignored: {typing_error}.",
    ]


def test_warnings_about_unreadable_groups_come_first() -> None:
    principals = Principals("alice@example.com", {ALICE: (ALICE,)}, ("Groups are missing.",))
    policy = attached(binding("roles/a", ALICE, when="jitAccessConstraint"))
    found = entitlements(
        project_id="project-1",
        policies=[policy],
        principals=principals,
        wanted=Period.of(NOON, timedelta(hours=1)),
    )
    assert found.warnings[0] == "Groups are missing."
    assert len(found.warnings) == 2


def test_bindings_of_others_are_not_parsed() -> None:
    policy = attached(
        binding("roles/a", "user:bob@example.com", when="has({}.jitAccessConstrain)"),
        binding("roles/b", ALICE),
        binding("roles/c", ALICE, when="resource.type == 'x'"),
        activated("roles/d", 0, 5),
    )
    found = of_alice(policy)
    assert (found.available, found.warnings) == ((), ())


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"bindings": None},
        {"bindings": [{}]},
        {"bindings": [{"role": "roles/a", "members": None, "condition": None}]},
        {"bindings": [{"role": "roles/a", "members": [ALICE], "condition": {}}]},
        {"bindings": [{"role": "roles/a", "members": [ALICE], "condition": {"expression": None}}]},
    ],
)
def test_missing_parts_of_a_policy_are_tolerated(policy: dict[str, Any]) -> None:
    assert of_alice(Attached(PROJECT, policy)) == EntitlementSet((), {}, {}, ())


GROUPS = {f"g{n}@example.com" for n in range(3)}
PEOPLE = [f"p{n}@example.com" for n in range(4)]
MEMBERS = [
    *(f"user:{email}" for email in PEOPLE),
    *(f"Group:{email.upper()}" for email in GROUPS),
    "domain:example.com",
]
CONDITIONS = [JIT, MPA, f"{MPA} && a", f"a && {MPA}", f"{JIT} && a", "a", f"{MPA} || a", None]


@given(
    bindings=st.lists(
        st.builds(
            lambda role, members, when: binding(role, *members, when=when),
            st.sampled_from(["roles/a", "roles/b"]),
            st.lists(st.sampled_from(MEMBERS), max_size=3),
            st.sampled_from(CONDITIONS),
        ),
        max_size=6,
    ),
    people_of=st.dictionaries(st.sampled_from(sorted(GROUPS)), st.sets(st.sampled_from(PEOPLE))),
    condition=st.sampled_from(["", "a"]),
    activation_type=st.sampled_from(ActivationType),
)
def test_list_and_decision_agree_for_everybody(
    bindings: list[dict[str, Any]],
    people_of: dict[str, set[str]],
    condition: str,
    activation_type: ActivationType,
) -> None:
    role = ProjectRole("project-1", "roles/a", condition)
    policies = [attached(*bindings)]
    picked = holders(
        project_role=role,
        activation_type=activation_type,
        policies=policies,
        people_of=people_of,
    )
    for email in PEOPLE:
        groups = [group for group, people in people_of.items() if email in people]
        held = roles_held(
            project_id="project-1",
            policies=policies,
            principals=Principals.of(email, groups),
            activation_type=activation_type,
        )
        assert (role in held) == (email in picked)
    assert list(picked) == sorted(set(picked))


def test_the_groups_of_holders_are_those_of_matching_bindings() -> None:
    policy = attached(
        binding("roles/a", ALICE, "group:B@example.com", "group:a@example.com", when=MPA),
        binding("roles/a", "group:c@example.com", when=JIT),
        binding("roles/b", "group:d@example.com", when=MPA),
        binding("roles/a", "group:e@example.com", when=f"{MPA} && x"),
    )
    assert groups_of_holders(
        project_role=ProjectRole("project-1", "roles/a"),
        activation_type=ActivationType.MPA,
        policies=[policy],
    ) == ("a@example.com", "b@example.com")

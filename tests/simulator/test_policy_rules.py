"""Policies that setIamPolicy refuses."""

from typing import Any

import pytest

from simulator import Simulator
from tests.simulator.client import Google, message

CAROL = "user:carol@example.com"


def binding(role: str = "roles/browser", member: str = CAROL, **condition: str) -> dict[str, Any]:
    bare: dict[str, Any] = {"role": role, "members": [member]}
    return bare | ({"condition": condition} if condition else {})


def refusal(google: Google, refused: dict[str, Any]) -> str:
    answer = google.add(refused)
    assert answer[0] == 400, answer
    return message(answer)


def test_1500_members_fit_and_one_more_does_not(sim: Simulator, google: Google) -> None:
    emails = [f"p{number}@example.com" for number in range(1501)]
    for email in emails:
        sim.company.add_user(email)
    sim.company.put_policy("payroll", {"bindings": []})
    members = [f"user:{email}" for email in emails]
    full = {"bindings": [{"role": "roles/browser", "members": members[:1500]}]}
    over = {"bindings": [{"role": "roles/browser", "members": members}]}
    assert google.write(full, "projects/payroll")[0] == 200
    assert message(google.write(over, "projects/payroll")) == (
        "The number of members in the policy (1,501) is larger than the maximum allowed size 1,500."
    )


def test_audit_exemptions_count_as_members(sim: Simulator, google: Google) -> None:
    exempted = [CAROL] * 1500
    log = {"logType": "DATA_READ", "exemptedMembers": exempted}
    configs = [{"service": "allServices", "auditLogConfigs": [log]}]
    answer = google.write({"bindings": [binding()], "auditConfigs": configs})
    assert "(1,501)" in message(answer)


def test_250_groups_and_domains_fit_and_one_more_does_not(sim: Simulator, google: Google) -> None:
    for number in range(250):
        sim.company.add_group(f"g{number}@example.com")
    groups = [f"group:g{number}@example.com" for number in range(250)]
    fits = {"bindings": [{"role": "roles/browser", "members": groups}]}
    assert google.write(fits, "projects/payroll")[0] == 200
    over = {"bindings": [{"role": "roles/browser", "members": [*groups, "domain:example.com"]}]}
    assert "groups and domains" in message(google.write(over, "projects/payroll"))


def test_20_conditions_of_one_role_and_principal_fit_and_one_more_does_not(google: Google) -> None:
    many = [
        binding(title=f"t{number}", expression=f'resource.name == "{number}"')
        for number in range(21)
    ]
    assert google.write({"version": 3, "bindings": many[:20]}, "projects/payroll")[0] == 200
    answer = google.write({"version": 3, "bindings": many}, "projects/payroll")
    assert "(21) is larger than the maximum allowed size 20." in message(answer)


def test_the_spelling_of_an_address_does_not_make_it_another_principal(google: Google) -> None:
    many = [
        binding(member=member, title=f"t{number}", expression=f'resource.name == "{number}"')
        for number in range(11)
        for member in (CAROL, "user:Carol@Example.com")
    ]
    answer = google.write({"version": 3, "bindings": many}, "projects/payroll")
    assert "(22) is larger" in message(answer)


def test_12_logical_operators_fit_and_one_more_does_not(google: Google) -> None:
    fits = " && ".join(['resource.name != "a && b || !c"'] * 13)
    assert google.add(binding(title="t", expression=fits))[0] == 200
    assert "13 logical operators" in refusal(google, binding(title="t", expression=f"!({fits})"))


def test_a_condition_needs_a_title(google: Google) -> None:
    assert refusal(google, binding(expression="true")) == "Condition title is required."


@pytest.mark.parametrize(
    "expression",
    ["", "// only a comment", "(true", "true)", "[1, (2])", '"open', "true &&", "!", "{'a': 1"],
)
def test_a_condition_must_look_like_cel(google: Google, expression: str) -> None:
    assert "Syntax error" in refusal(google, binding(title="t", expression=expression))


@pytest.mark.parametrize(
    "expression",
    [
        "true",
        'resource.name == "it\'s (odd"',
        r'''resource.name == 'a\'b' || resource.name == r"\("''',
        "true // (don't mind",
        'resource.name == """a"(b"""',
    ],
)
def test_strings_and_comments_may_contain_anything(google: Google, expression: str) -> None:
    assert google.add(binding(title="t", expression=expression))[0] == 200


@pytest.mark.parametrize("role", ["roles/owner", "roles/editor", "roles/viewer"])
def test_basic_roles_refuse_conditions(google: Google, role: str) -> None:
    refused = binding(role, title="t", expression="true")
    assert refusal(google, refused) == "Conditions can't be set on primitive roles"


@pytest.mark.parametrize("member", ["carol@example.com", "user:", "person:carol@example.com", "x"])
def test_members_name_type_and_value(google: Google, member: str) -> None:
    expected = 'Policy members must be of the form "<type>:<value>".'
    assert refusal(google, binding(member=member)) == expected


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("user:nobody@example.com", "User nobody@example.com does not exist."),
        ("group:nobody@example.com", "Group nobody@example.com does not exist."),
        ("serviceAccount:x@example.com", "Service account x@example.com does not exist."),
        ("domain:nowhere.example", "Domain nowhere.example does not exist."),
        ("deleted:user:bob@example.com?uid=1", "cannot be added"),
        ("allUsers", "not supported"),
    ],
)
def test_newcomers_must_exist(google: Google, member: str, words: str) -> None:
    assert words in refusal(google, binding(member=member))


def test_members_who_vanished_may_stay(sim: Simulator, google: Google) -> None:
    sim.company.remove_user("carol@example.com")
    assert google.add(binding(member="user:bob@example.com"))[0] == 200


@pytest.mark.parametrize(
    "member",
    [
        "user:Carol@Example.com",
        "group:engineering@example.com",
        "serviceAccount:x@p.iam.gserviceaccount.com",
        "serviceAccount:p.svc.id.goog[ns/sa]",
        "principal://iam.googleapis.com/x/subject/s",
        "principalSet://iam.googleapis.com/x/*",
        "domain:example.com",
        "user:petra@partner.example",
    ],
)
def test_every_kind_of_principal_can_be_added_as_it_is_spelled(google: Google, member: str) -> None:
    status, policy = google.add(binding(member=member))
    assert status == 200
    assert policy["bindings"][-1]["members"] == [member]


def test_the_public_may_stand_on_an_organization_without_condition(google: Google) -> None:
    assert google.add(binding(member="allUsers"), "organizations/7")[0] == 200
    conditional = binding(member="allUsers", title="t", expression="true")
    assert google.add(conditional, "organizations/7")[0] == 400


@pytest.mark.parametrize(
    "role",
    [
        "roles/resourcemanager.organizationAdmin",
        "roles/compute.admin_withcond_0123456789abcdef0123",
        "compute.admin",
        "projects/payroll/roles/custom",
    ],
)
def test_roles_that_do_not_fit_are_not_supported(google: Google, role: str) -> None:
    assert refusal(google, binding(role)) == f"Role {role} is not supported for this resource."


@pytest.mark.parametrize("role", ["projects/shop-prod/roles/own", "organizations/7/roles/ours"])
def test_custom_roles_fit_where_they_belong(google: Google, role: str) -> None:
    assert google.add(binding(role))[0] == 200


def test_organization_roles_fit_on_the_organization(google: Google) -> None:
    assert google.add(binding("roles/resourcemanager.folderAdmin"), "organizations/7")[0] == 200


def test_a_test_can_forbid_a_role(sim: Simulator, google: Google) -> None:
    sim.company.unsupported_roles.add("roles/browser")
    assert "not supported" in refusal(google, binding())


def test_what_stands_does_not_block_other_changes(sim: Simulator, google: Google) -> None:
    sim.company.unsupported_roles.add("roles/compute.admin")
    assert google.add(binding())[0] == 200


def test_strangers_must_be_invited_as_owners(google: Google) -> None:
    answer = google.add(binding("roles/owner", "user:petra@partner.example"))
    assert answer[0] == 400
    assert answer[1]["error"]["details"][0]["type"] == "SOLO_MUST_INVITE_OWNERS"


def test_an_organization_can_keep_strangers_out(sim: Simulator, google: Google) -> None:
    sim.company.members_must_be_ours = True
    status, body = google.add(binding(member="user:petra@partner.example"))
    assert (status, body["error"]["status"]) == (400, "FAILED_PRECONDITION")
    assert google.add(binding())[0] == 200

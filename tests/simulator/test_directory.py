"""Groups and members."""

from typing import Any

import pytest

from simulator import Simulator
from tests.simulator.client import Google, message

ALICE = "alice@example.com"


def groups_of(google: Google, member: str) -> list[str]:
    query = f"memberKey={member}"
    status, body = google.directory("groups", customer="C0example1", query=query)
    assert status == 200, body
    return sorted(group["email"] for group in body.get("groups", []))


def members_of(google: Google, group: str) -> list[dict[str, Any]]:
    status, body = google.directory(f"groups/{group}/members")
    assert status == 200, body
    return list(body.get("members", []))


def test_only_direct_groups_are_listed(google: Google) -> None:
    assert groups_of(google, ALICE) == ["platform-oncall@example.com"]


def test_groups_of_a_group_are_listed(google: Google) -> None:
    assert groups_of(google, "platform-oncall@example.com") == ["platform@example.com"]


def test_case_does_not_matter(google: Google) -> None:
    assert groups_of(google, "Alice@Example.COM") == ["platform-oncall@example.com"]


def test_a_person_in_no_group_gets_no_groups_key(google: Google) -> None:
    query = "memberKey='charlie@example.com'"
    _, body = google.directory("groups", customer="my_customer", query=query)
    assert body == {"kind": "admin#directory#groups"}


def test_strangers_may_be_members(google: Google) -> None:
    assert groups_of(google, "petra@partner.example") == ["data-guild@example.com"]
    assert groups_of(google, "unknown@elsewhere.example") == []


def test_an_unknown_member_of_our_domain_is_404_in_the_old_shape(google: Google) -> None:
    answer = google.directory("groups", customer="C0example1", query="memberKey=zoe@example.com")
    assert answer[0] == 404
    assert answer[1]["error"]["errors"] == [
        {"message": "Resource Not Found: memberKey", "domain": "global", "reason": "notFound"}
    ]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({}, 400),
        ({"customer": "C0other"}, 400),
        ({"customer": "C0example1", "query": "name:x"}, 400),
        ({"customer": "C0example1", "maxResults": "201"}, 400),
        ({"customer": "C0example1", "maxResults": "0"}, 400),
        ({"domain": "example.com"}, 200),
        ({"domain": "other.example"}, 404),
        ({"domain": "example.com", "userKey": ALICE}, 403),
    ],
)
def test_parameters_are_checked(google: Google, params: dict[str, str], status: int) -> None:
    assert google.directory("groups", **params)[0] == status


def test_all_groups_of_the_company_can_be_listed(sim: Simulator, google: Google) -> None:
    _, body = google.directory("groups", customer="my_customer")
    assert len(body["groups"]) == len(sim.company.groups) - 1  # one belongs to a partner


def test_pages_hold_at_most_two_hundred(sim: Simulator, google: Google) -> None:
    for number in range(201):
        sim.company.add_group(f"g{number}@example.com", [ALICE])
    _, body = google.directory("groups", customer="my_customer", query=f"memberKey={ALICE}")
    assert len(body["groups"]) == 200
    token = body["nextPageToken"]
    _, rest = google.directory(
        "groups", customer="my_customer", query=f"memberKey={ALICE}", pageToken=token
    )
    assert len(rest["groups"]) == 2
    assert "nextPageToken" not in rest


def test_short_and_empty_pages_come_when_asked(sim: Simulator, google: Google) -> None:
    sim.page_size, sim.empty_pages = 1, True
    emails, token, pages = [], "", 0
    for _ in range(20):
        _, body = google.directory("groups/platform-oncall@example.com/members", pageToken=token)
        emails += [member["email"] for member in body.get("members", [])]
        pages += 1
        if not (token := body.get("nextPageToken", "")):
            break
    assert emails == [ALICE, "bob@example.com", "gus@example.com"]
    assert pages == 6


def test_members_have_types_and_states(google: Google) -> None:
    oncall = members_of(google, "platform-oncall@example.com")
    assert [(each["email"], each["type"], each["status"]) for each in oncall] == [
        (ALICE, "USER", "ACTIVE"),
        ("bob@example.com", "USER", "ACTIVE"),
        ("gus@example.com", "USER", "SUSPENDED"),
    ]
    guild = members_of(google, "data-guild@example.com")
    assert [(each["email"], each["type"]) for each in guild] == [
        ("data-friends@example.com", "GROUP"),
        ("petra@partner.example", "EXTERNAL"),
    ]


def test_everybody_of_the_domain_is_a_member_without_address(google: Google) -> None:
    (member,) = members_of(google, "all-staff@example.com")
    assert (member["type"], member["id"]) == ("CUSTOMER", "C0example1")
    assert "email" not in member


def test_members_are_found_by_role_and_group_id(google: Google) -> None:
    group = "jit-admins@example.com"
    _, listed = google.directory("groups", customer="my_customer")
    key = next(each["id"] for each in listed["groups"] if each["email"] == group)
    assert members_of(google, key) == members_of(google, group)
    _, owners = google.directory(f"groups/{group}/members", roles="OWNER,MANAGER")
    assert owners == {"kind": "admin#directory#members"}


def test_an_external_group_is_403_and_an_unknown_one_404(google: Google) -> None:
    answer = google.directory("groups/analysts@partner.example/members")
    assert answer[0] == 403
    assert message(answer) == "Not Authorized to access this resource/api"
    assert google.directory("groups/elsewhere@other.example/members")[0] == 403
    assert google.directory("groups/nobody@example.com/members")[0] == 404


def test_memberships_change_at_once(sim: Simulator, google: Google) -> None:
    sim.company.join("jit-admins@example.com", ALICE)
    sim.company.join("jit-admins@example.com", ALICE)
    assert "jit-admins@example.com" in groups_of(google, ALICE)
    sim.company.leave("jit-admins@example.com", ALICE)
    assert "jit-admins@example.com" not in groups_of(google, ALICE)
    sim.company.remove_group("platform-oncall@example.com")
    assert groups_of(google, ALICE) == []
    for name in ("olga", "oscar"):
        sim.company.remove_user(f"{name}@example.com")
    assert members_of(google, "jit-admins@example.com") == []

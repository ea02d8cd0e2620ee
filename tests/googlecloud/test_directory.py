"""Groups and members are read to the last page."""

from urllib.parse import parse_qs, urlsplit

import pytest

from googlecloud.cloud import Cloud
from googlecloud.directory import GroupMember
from googlecloud.errors import Denied, NotFound, QuotaExceeded, Unavailable
from simulator import Simulator
from tests.googlecloud.odd_server import OddServer, saying

CUSTOMER = "C0example1"


def test_direct_groups_of_a_person_and_of_a_group(cloud: Cloud) -> None:
    groups = cloud.directory.groups_of(member="Alice@example.com", customer_id=CUSTOMER)
    assert groups == ["platform-oncall@example.com"]
    groups = cloud.directory.groups_of(member=groups[0], customer_id=CUSTOMER)
    assert groups == ["platform@example.com"]


@pytest.mark.parametrize("empty_pages", [False, True])
def test_all_pages_are_read_even_empty_ones(
    cloud: Cloud, sim: Simulator, empty_pages: bool
) -> None:
    wanted = sorted(f"team-{number}@example.com" for number in range(7))
    for email in wanted:
        sim.company.add_group(email.replace("team", "Team"), ["charlie@example.com"])
    sim.page_size, sim.empty_pages = 2, empty_pages
    found = cloud.directory.groups_of(member="charlie@example.com", customer_id=CUSTOMER)
    assert sorted(found) == wanted
    assert len(sim.calls.google) >= 4
    assert {tuple(call.params["maxResults"]) for call in sim.calls.google} == {("200",)}


def test_members_of_all_pages_with_type_and_status(cloud: Cloud, sim: Simulator) -> None:
    sim.page_size, sim.empty_pages = 2, True
    members = cloud.directory.members_of(group="platform-oncall@example.com")
    alice = sim.company.users["alice@example.com"]
    assert GroupMember("alice@example.com", "USER", "ACTIVE", alice.id) in members
    assert (
        GroupMember("gus@example.com", "USER", "SUSPENDED", sim.company.users["gus@example.com"].id)
        in members
    )
    assert len(members) == 3


def test_everybody_is_a_member_without_address(cloud: Cloud) -> None:
    (everybody,) = cloud.directory.members_of(group="all-staff@example.com")
    assert (everybody.email, everybody.type) == ("", "CUSTOMER")


def test_a_group_of_another_organization_is_denied(cloud: Cloud) -> None:
    with pytest.raises(Denied, match=r"^Access to Directory API was denied: "):
        cloud.directory.members_of(group="analysts@partner.example")


def test_a_group_that_is_gone(cloud: Cloud) -> None:
    with pytest.raises(NotFound, match=r"^The group 'gone@example.com' does not exist: "):
        cloud.directory.members_of(group="gone@example.com")


@pytest.mark.parametrize(
    ("member", "customer", "status"),
    [("nobody@example.com", CUSTOMER, 404), ("alice@example.com", "Cinvalid", 400)],
)
def test_unknown_people_and_customers_are_not_found_whatever_the_status(
    cloud: Cloud, member: str, customer: str, status: int
) -> None:
    with pytest.raises(NotFound) as caught:
        cloud.directory.groups_of(member=member, customer_id=customer)
    assert str(caught.value).startswith(
        f"The customer ID '{customer}' is invalid, the user '{member}' does not exist, "
        "or it belongs to an unknown domain: "
    )
    assert (caught.value.status, caught.value.api) == (status, "directory.groups.list")


def test_a_rate_limit_that_the_directory_reports_as_403(cloud: Cloud, sim: Simulator) -> None:
    sim.faults.add("directory.*", status=403, reason="userRateLimitExceeded", times=None)
    with pytest.raises(QuotaExceeded):
        cloud.directory.groups_of(member="alice@example.com", customer_id=CUSTOMER)
    assert len(sim.calls.google) > 1


def test_quotes_in_an_address_cannot_end_the_query(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({}))
    odd_cloud.directory.groups_of(member=r"o'bri\en@example.com", customer_id="C1")
    query = parse_qs(urlsplit(odd.asked[0][1]).query)
    assert query["query"] == [r"memberKey=o\'bri\\en@example.com"]
    assert query["customer"] == ["C1"]


def test_missing_fields_are_tolerated_and_repeated_groups_returned_once(
    odd: OddServer, odd_cloud: Cloud
) -> None:
    groups = [{"email": "G@x"}, {"email": "g@x"}, {"id": "1"}]
    odd.say(saying({"groups": groups, "nextPageToken": "2"}), saying({"groups": None}))
    assert odd_cloud.directory.groups_of(member="a@x", customer_id="C1") == ["g@x"]
    odd.say(saying({"members": [{}, {"email": "A@x", "type": "USER"}]}))
    assert odd_cloud.directory.members_of(group="g@x") == [
        GroupMember("", "", ""),
        GroupMember("a@x", "USER", ""),
    ]
    odd.say(saying({}))
    assert odd_cloud.directory.members_of(group="g@x") == []


def test_a_list_that_never_ends_is_refused(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({"members": [], "nextPageToken": "same"}))
    with pytest.raises(Unavailable, match="repeated a page"):
        odd_cloud.directory.members_of(group="g@x")
    assert len(odd.asked) == 2

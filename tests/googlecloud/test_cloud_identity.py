"""Searches through nested groups: query, pages, and the refusals that are about the edition."""

from urllib.parse import parse_qs, urlsplit

import pytest

from googlecloud.cloud import Cloud
from googlecloud.cloud_identity import FoundGroup
from googlecloud.errors import (
    SWITCHED_OFF,
    Denied,
    Invalid,
    NotFound,
    NotLicensed,
    QuotaExceeded,
    TimedOut,
    Unavailable,
)
from simulator import Simulator
from tests.googlecloud.odd_server import OddServer, saying

CUSTOMER = "C0example1"
SEARCH = "cloudidentity.groups.memberships.searchTransitiveGroups"


@pytest.fixture(autouse=True)
def licensed(sim: Simulator) -> None:
    sim.searches_groups = True


def test_one_call_tells_all_groups_and_which_are_direct(cloud: Cloud, sim: Simulator) -> None:
    found = cloud.cloud_identity.groups_of(member="Alice@example.com", customer_id=CUSTOMER)
    assert found == [
        FoundGroup("platform-oncall@example.com", is_direct=True),
        FoundGroup("engineering@example.com", is_direct=False),
        FoundGroup("platform@example.com", is_direct=False),
    ]
    assert len(sim.calls.google) == 1
    sim.company.join("platform@example.com", "alice@example.com")
    found = cloud.cloud_identity.groups_of(member="alice@example.com", customer_id=CUSTOMER)
    assert FoundGroup("platform@example.com", is_direct=True) in found


@pytest.mark.parametrize("empty_pages", [False, True])
def test_all_pages_are_read_even_empty_ones(
    cloud: Cloud, sim: Simulator, empty_pages: bool
) -> None:
    wanted = sorted(f"team-{number}@example.com" for number in range(7))
    for email in wanted:
        sim.company.add_group(email.replace("team", "Team"), ["charlie@example.com"])
    sim.page_size, sim.empty_pages = 2, empty_pages
    found = cloud.cloud_identity.groups_of(member="charlie@example.com", customer_id=CUSTOMER)
    assert sorted(group.email for group in found) == wanted
    assert len(sim.calls.google) >= 4
    assert {tuple(call.params["pageSize"]) for call in sim.calls.google} == {("1000",)}


def test_groups_of_other_organizations_are_left_out(cloud: Cloud, sim: Simulator) -> None:
    sim.company.join("analysts@partner.example", "alice@example.com")
    found = cloud.cloud_identity.groups_of(member="alice@example.com", customer_id=CUSTOMER)
    assert "analysts@partner.example" not in {group.email for group in found}


@pytest.mark.parametrize("code", ["3005", "3006"])
def test_an_edition_without_searches_is_told_apart_from_other_refusals(
    cloud: Cloud, sim: Simulator, code: str
) -> None:
    sim.faults.add(SEARCH, status=403, message=f"Error({code}): not in your edition")
    with pytest.raises(NotLicensed, match=r"^Access to Cloud Identity API was denied: ") as caught:
        cloud.cloud_identity.groups_of(member="alice@example.com", customer_id=CUSTOMER)
    assert (caught.value.status, caught.value.api) == (403, SEARCH)
    sim.faults.add(SEARCH, status=403, message=f"Error(2028): {code} things denied")
    with pytest.raises(Denied) as other:
        cloud.cloud_identity.groups_of(member="alice@example.com", customer_id=CUSTOMER)
    assert type(other.value) is Denied


def test_an_api_that_is_not_enabled_keeps_its_reason(cloud: Cloud, sim: Simulator) -> None:
    sim.faults.add(SEARCH, status=403, reason="SERVICE_DISABLED")
    with pytest.raises(Denied) as caught:
        cloud.cloud_identity.groups_of(member="alice@example.com", customer_id=CUSTOMER)
    assert caught.value.reason in SWITCHED_OFF


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, QuotaExceeded), (500, Unavailable), (503, Unavailable), (504, TimedOut)],
)
def test_failures_of_google_keep_their_names(
    cloud: Cloud, sim: Simulator, status: int, error: type[Exception]
) -> None:
    sim.faults.add("cloudidentity.*", status=status, times=None)
    with pytest.raises(error):
        cloud.cloud_identity.groups_of(member="alice@example.com", customer_id=CUSTOMER)


def test_groups_inside_a_group_at_any_depth(cloud: Cloud, sim: Simulator) -> None:
    name = cloud.cloud_identity.group_name(email="platform@example.com")
    assert name == f"groups/{sim.company.groups['platform@example.com'].id}"
    sim.company.add_group("Inner@example.com", ["bob@example.com"])
    sim.company.join("platform-oncall@example.com", "Inner@example.com")
    found = cloud.cloud_identity.groups_inside(name=name)
    assert found == {"platform-oncall@example.com", "inner@example.com"}


def test_a_group_that_is_gone_or_hidden_is_denied(cloud: Cloud) -> None:
    for email in ("gone@example.com", "analysts@partner.example"):
        with pytest.raises(Denied):
            cloud.cloud_identity.group_name(email=email)
    with pytest.raises(Denied):
        cloud.cloud_identity.groups_inside(name="groups/gone")
    with pytest.raises(Invalid):
        cloud.cloud_identity.groups_inside(name="groups/a/b")


def test_quotes_in_an_address_cannot_end_the_query(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({}))
    odd_cloud.cloud_identity.groups_of(member=r"o'bri\en@example.com", customer_id="C1")
    query = parse_qs(urlsplit(odd.asked[0][1]).query)
    (written,) = query["query"]
    assert written.split(" && ") == [
        r"member_key_id == 'o\'bri\\en@example.com'",
        "'cloudidentity.googleapis.com/groups.discussion_forum' in labels",
        "parent == 'customers/C1'",
    ]
    with pytest.raises(Invalid):
        odd_cloud.cloud_identity.groups_of(member="two words@example.com", customer_id="C1")


def test_missing_fields_and_groups_of_other_identity_sources_are_tolerated(
    odd: OddServer, odd_cloud: Cloud
) -> None:
    mapped = {"groupKey": {"id": "m@x", "namespace": "identitysources/1"}}
    groups = [{"groupKey": {"id": "G@x"}}, {"groupKey": {"id": "g@x"}}, {"groupKey": {}}, mapped]
    odd.say(saying({"memberships": groups, "nextPageToken": "2"}), saying({"memberships": None}))
    found = odd_cloud.cloud_identity.groups_of(member="a@x", customer_id="C1")
    assert [group.email for group in found] == ["g@x"]
    members = [{}, {"member": "users/1", "preferredMemberKey": [{"id": "a@x"}]}]
    members += [{"member": "groups/1"}, {"member": "groups/2", "preferredMemberKey": ["odd"]}]
    odd.say(saying({"memberships": members}))
    assert odd_cloud.cloud_identity.groups_inside(name="groups/9") == frozenset()
    odd.say(saying({}))
    with pytest.raises(NotFound):
        odd_cloud.cloud_identity.group_name(email="g@x")


def test_a_list_that_never_ends_is_refused(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({"memberships": [], "nextPageToken": "same"}))
    with pytest.raises(Unavailable, match="repeated a page"):
        odd_cloud.cloud_identity.groups_of(member="a@x", customer_id="C1")
    assert len(odd.asked) == 2

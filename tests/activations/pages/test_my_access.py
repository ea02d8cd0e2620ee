"""The start page: what a person holds, what waits, and all roles that they may activate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from eligibility import providers
from eligibility.models import Refresh
from simulator import Simulator
from tests.activations.pages.approvals import BOB, pending_request_url
from tests.activations.pages.everywhere import BILLING, form_of, ids, my_access, send, values
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, DNS, NEEDS_APPROVAL, WRITE, requested
from tests.conftest import FakeClock, PersonClient
from tests.eligibility.indexed_world import add_role_title, index_of
from tests.moments import now


@pytest.fixture
def indexed(simulated: Simulator, db: None) -> Refresh:
    add_role_title("roles/dns.admin", "DNS Administrator", now())
    return index_of(simulated.company, now())


@pytest.mark.usefixtures("indexed")
def test_all_roles_of_all_projects_stand_in_one_list(alice: PersonClient) -> None:
    page = my_access(alice)
    listed = alice.api_get("/api/eligible", pageSize="200").json()["eligible"]
    assert page.heading == "My access"
    assert set(ids(page)) == {row["id"] for row in listed}
    assert len({role.partition(":")[0] for role in ids(page)}) > 2


@pytest.mark.usefixtures("indexed")
def test_a_row_names_title_id_project_and_links_to_the_project(alice: PersonClient) -> None:
    page = my_access(alice, q="dns shop-prod")
    row = page.row("roles/dns.admin")
    assert "DNS Administrator roles/dns.admin" in row
    assert "Shop (production)" in row
    assert page.links()["shop-prod"] == "/projects/shop-prod"


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "dns administrator"}, DNS),
        ({"q": "DNS.ADMIN"}, DNS),
        ({"q": "(PRODUCTION) dns"}, DNS),
        ({"q": "shop dns"}, DNS),
        ({"q": "200000000001 dns"}, DNS),
        ({"project": "shop-prod", "q": "compute.admin"}, COMPUTE),
        ({"kind": "approval", "q": "security"}, NEEDS_APPROVAL),
    ],
)
def test_the_search_finds_titles_ids_projects_and_services(
    alice: PersonClient, query: dict[str, str], found: str
) -> None:
    page = my_access(alice, **query)
    assert found in ids(page)
    assert len(ids(page)) < len(ids(my_access(alice)))
    assert "Show all" in page.links()


@pytest.mark.usefixtures("indexed")
def test_filters_leave_one_project_or_one_requirement(alice: PersonClient) -> None:
    of_one = ids(my_access(alice, project="shop-prod"))
    assert of_one
    assert all(role.startswith("shop-prod:") for role in of_one)
    page = my_access(alice, kind="approval")
    assert {box["name"] for box in form_of(page).boxes} == {"approval"}
    page = my_access(alice, kind="self")
    assert {box["name"] for box in form_of(page).boxes} == {"role"}
    assert ids(my_access(alice, kind="neither", page="no number")) == ids(my_access(alice))


@pytest.mark.usefixtures("indexed")
def test_a_search_without_a_match_offers_the_project_of_that_name(alice: PersonClient) -> None:
    page = my_access(alice, q="nonesuch")
    assert "No role matches" in page.text
    assert page.links()["Open the project nonesuch"] == "/projects/nonesuch"


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("text", ["brand-new-project", " Brand-New-Project "])
def test_a_typed_project_that_no_list_knows_opens(alice: PersonClient, text: str) -> None:
    answer = alice.get("/", {"q": text})
    assert (answer.status_code, answer["Location"]) == (302, "/projects/brand-new-project")


@pytest.mark.usefixtures("indexed")
def test_long_lists_have_pages(alice: PersonClient, simulated: Simulator) -> None:
    for number in range(60):
        project = f"team-{number:02d}-prod"
        simulated.company.add_project(project, parent="folders/10")
        simulated.company.bind(
            project, "roles/viewer", "user:alice@example.com", "has({}.jitAccessConstraint)"
        )
    index_of(simulated.company, now())
    first = my_access(alice, q="team roles/viewer")
    second = Page(alice.get(first.links()["More roles"]))
    assert (len(ids(first)), len(ids(second))) == (40, 20)
    assert len(alice.get("/", {"q": "team"}).content) < 60_000
    assert not set(ids(first)) & set(ids(second))
    assert ids(Page(alice.get(second.links()["Previous roles"]))) == ids(first)


@pytest.mark.usefixtures("indexed")
def test_what_is_active_is_on_top_with_time_left_and_links_to_extend_and_end(
    alice: PersonClient,
) -> None:
    assert "Active now" not in my_access(alice).text
    address = requested(alice, DNS, minutes="45")
    page = my_access(alice)
    assert page.text.index("Active now") < page.text.index("Roles that you can activate")
    assert "45 min left" in page.text or "44 min left" in page.text
    links = page.links()
    assert links["DNS Administrator"] == address
    assert links["Extend DNS Administrator on shop-prod"].endswith("/extend")
    assert links["End access to DNS Administrator on shop-prod"].endswith("/end")
    assert links["End all access"] == "/access/end"


@pytest.mark.usefixtures("indexed")
def test_what_ends_first_is_listed_first(alice: PersonClient) -> None:
    for role, minutes in ((COMPUTE, "50"), (DNS, "20"), (BILLING, "30")):
        assert send(alice, role, minutes=minutes).status_code == 303
    text = my_access(alice).text.partition("Roles that you can activate")[0]
    found = [text.index(role.partition(":")[2]) for role in (DNS, BILLING, COMPUTE)]
    assert found == sorted(found)


@pytest.mark.usefixtures("indexed")
def test_access_that_google_has_not_confirmed_is_shown_as_such(
    alice: PersonClient, simulated: Simulator
) -> None:
    sent = values(my_access(alice), DNS)
    simulated.faults.add(WRITE, close="before", times=None)
    read = "cloudresourcemanager.projects.getIamPolicy"
    simulated.faults.add(read, status=403, message="gone", after=1, times=None)
    assert alice.post("/access/request", sent).status_code == 504
    page = my_access(alice)
    assert "Active now DNS Administrator" in page.text
    assert "Being granted" in page.text
    assert "End all access" not in page.links()


@pytest.mark.usefixtures("indexed")
def test_my_pending_requests_and_those_to_review_are_listed(
    alice: PersonClient, bob: PersonClient, charlie: PersonClient
) -> None:
    pending_request_url(alice, BOB)
    assert "You are waiting for" in my_access(alice).text
    assert "alice@example.com requests iam.securityAdmin" in my_access(bob).text
    assert "alice@example.com" not in my_access(charlie).text


@pytest.mark.usefixtures("indexed")
def test_a_fresh_index_needs_no_call_to_google(alice: PersonClient, simulated: Simulator) -> None:
    my_access(alice)
    simulated.calls.clear()
    assert ids(my_access(alice))
    assert len(simulated.calls) == 0


def test_without_an_index_the_page_says_so_and_offers_the_search_for_a_project(
    alice: PersonClient,
) -> None:
    page = my_access(alice)
    assert "The eligibility index is not available yet" in page.text
    assert "/projects" in page.forms


def test_an_old_index_is_not_shown(alice: PersonClient, indexed: Refresh) -> None:
    Refresh.objects.update(started_at=now() - timedelta(days=1, minutes=1))
    assert "The eligibility index is not available" in my_access(alice).text


@pytest.mark.usefixtures("indexed")
def test_while_groups_cannot_be_read_active_access_is_still_shown(
    alice: PersonClient, simulated: Simulator, no_retry_delay: FakeClock
) -> None:
    requested(alice, DNS)
    providers.reset()
    for api in ("cloudidentity.*", "directory.*"):
        simulated.faults.add(api, status=403, message="No groups today", times=None)
    page = my_access(alice)
    assert page.status == 200
    assert "Your eligible roles cannot be listed at the moment" in page.text
    assert "Active now" in page.text


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    ("contact", "words", "url"),
    [
        ("", "ask the people who administer your project", None),
        ("your team lead", "ask your team lead", None),
        ("help@example.com", "ask help@example.com", "mailto:help@example.com"),
        ("https://help.example.com/iam", "ask https://", "https://help.example.com/iam"),
        ("<b>me</b>", "ask <b>me</b>", None),
        ("javascript:alert(1)", "ask javascript:alert(1)", None),
    ],
)
def test_a_person_without_roles_reads_why_and_whom_to_ask(
    charlie: PersonClient, settings: Any, contact: str, words: str, url: str | None
) -> None:
    settings.HELP_CONTACT = contact
    page = my_access(charlie)
    assert "You have no eligible roles" in page.text
    assert "No IAM binding makes you" in page.text
    assert words in page.text
    assert page.links()["Explain why it is missing"] == "/explain"
    assert page.links().get(contact) == url
    assert "/projects" in page.forms


@pytest.mark.usefixtures("indexed")
def test_recent_roles_come_first(alice: PersonClient) -> None:
    last = ids(my_access(alice, kind="self"))[-1]
    assert send(alice, last).status_code == 303
    page = my_access(alice)
    assert ids(page)[0] == last
    assert "Recent" in page.row("Active")


@pytest.mark.usefixtures("indexed")
def test_a_refused_form_keeps_what_was_chosen_and_typed(alice: PersonClient) -> None:
    answer = send(alice, DNS, BILLING, minutes="121", justification="CASE-8")
    page = Page(answer)
    assert answer.status_code == 400
    assert "no longer than 120 minutes" in page.text
    fields = form_of(page).fields
    assert sorted(fields["role"]) == sorted([DNS, BILLING])
    assert (fields["minutes"], fields["justification"]) == (["121"], ["CASE-8"])


@pytest.mark.usefixtures("indexed")
def test_a_link_chooses_roles_and_says_which_it_cannot(alice: PersonClient) -> None:
    page = my_access(alice, role=[DNS, "payroll:roles/owner"])
    assert form_of(page).box(DNS).has("checked")
    assert ids(page)[0] == DNS
    assert ids(my_access(alice, role=DNS, q="bigquery"))[0] == DNS
    assert "you cannot activate them now: owner on payroll" in page.text
    assert alice.get("/", {"role": "nothing"}).status_code == 400


@pytest.mark.usefixtures("indexed")
def test_the_form_of_one_role_activates_it(alice: PersonClient) -> None:
    answer = alice.post("/access/request", values(my_access(alice), DNS))
    assert answer.status_code == 303
    assert "You have access to shop-prod" in Page(alice.get(answer["Location"])).heading

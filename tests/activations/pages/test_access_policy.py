"""Forms show what the access policy demands, and requests show their ticket and rule."""

from __future__ import annotations

from activations.models import Request
from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, DNS, NEEDS_APPROVAL, roles_page, send
from tests.conftest import PersonClient
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import activate

__all__ = ["policy"]

INCIDENT = (
    'require: {duration: {max: 30m, default: 15m}, justification: {pattern: ".{5,}", hint: "Say what is broken"},'
    ' ticket: {label: Incident, pattern: "INC-[0-9]+", url: "https://t.example.com/{ticket}"}}'
)
SENTENCE = "prod: at most 30 min; Incident; justification: Say what is broken"


def field(page: Page, name: str) -> dict[str, str] | None:
    """The attributes of an input, or None if the form has none of this name."""
    found = [one.attributes for one in page.elements if one.attributes.get("name") == name]
    return found[0] if found else None


def test_without_a_policy_no_ticket_is_asked_for(alice: PersonClient) -> None:
    page = roles_page(alice)
    minutes = field(page, "minutes")
    assert minutes is not None
    assert (minutes["value"], minutes["max"]) == ("60", "120")
    assert field(page, "ticket") is None


def test_a_rule_for_all_roles_limits_the_form(alice: PersonClient, policy: Activate) -> None:
    policy(f"name: prod, {INCIDENT}")
    page = roles_page(alice)
    minutes, ticket = field(page, "minutes"), field(page, "ticket")
    assert minutes is not None
    assert ticket is not None
    assert (minutes["value"], minutes["max"]) == ("15", "30")
    assert "required" in ticket
    for words in ("Incident", "INC-[0-9]+", "Say what is broken", SENTENCE):
        assert words in page.text


def test_a_rule_for_some_roles_is_told_beside_them(alice: PersonClient, policy: Activate) -> None:
    policy(f"name: prod, when: {{roles: [roles/compute.admin]}}, {INCIDENT}")
    page = roles_page(alice)
    minutes, ticket = field(page, "minutes"), field(page, "ticket")
    assert minutes is not None
    assert ticket is not None
    assert (minutes["value"], minutes["max"]) == ("60", "120")
    assert "required" not in ticket
    assert SENTENCE in page.row("roles/compute.admin")
    assert "at most" not in page.row("roles/dns.admin")
    assert page.form.box(COMPUTE).attributes["data-longest"] == "30"
    assert page.form.box(DNS).attributes["data-longest"] == "120"


def test_a_refused_form_keeps_the_ticket_and_shows_the_hints(
    alice: PersonClient, policy: Activate
) -> None:
    policy(f"name: prod, {INCIDENT}")
    page = Page(send(alice, COMPUTE, justification="no", ticket="INC", minutes="20"))
    [alert] = [one.text for one in page.elements if one.attributes.get("role") == "alert"]
    assert "Say what is broken" in alert
    assert "The ticket does not match" in alert
    assert page.form.fields["ticket"] == ["INC"]
    assert page.form.fields["minutes"] == ["20"]


def test_the_page_of_a_request_links_its_ticket_and_names_the_rule(
    alice: PersonClient, policy: Activate
) -> None:
    policy(f"name: prod, {INCIDENT}")
    made = send(alice, COMPUTE, justification="checkout fails", ticket="INC-7", minutes="20")
    assert made.status_code == 303
    page = Page(alice.get(made["Location"]))
    assert page.links()["INC-7"] == "https://t.example.com/INC-7"
    assert "Rule of the access policy" in page.text
    assert "prod" in page.text


def test_the_form_for_approval_and_the_extension_show_the_rule(
    alice: PersonClient, policy: Activate
) -> None:
    policy(f"name: prod, when: {{folders: [folders/11]}}, {INCIDENT}")
    page = Page(alice.get("/ask", {"role": NEEDS_APPROVAL}))
    minutes, ticket = field(page, "minutes"), field(page, "ticket")
    assert minutes is not None
    assert ticket is not None
    assert (minutes["value"], minutes["max"], "required" in ticket) == ("15", "30", True)
    made = send(alice, COMPUTE, justification="checkout fails", ticket="INC-7", minutes="5")
    assert made.status_code == 303
    grant = Request.objects.get().grants.get()
    page = Page(alice.get(f"/grants/{grant.pk}/extend"))
    minutes, ticket = field(page, "minutes"), field(page, "ticket")
    assert minutes is not None
    assert ticket is not None
    assert (minutes["max"], ticket["value"]) == ("30", "INC-7")


def test_rules_that_cannot_be_determined_are_told_on_the_page(
    alice: PersonClient, policy: Activate, simulated: Simulator
) -> None:
    policy(f"name: prod, when: {{folders: [folders/11]}}, {INCIDENT}")
    simulated.faults.add("cloudresourcemanager.folders.get", status=403, times=None)
    answer = alice.get("/projects/shop-prod")
    assert answer.status_code == 503
    assert "depends on the folders above shop-prod" in Page(answer).text


def test_records_show_ticket_and_rule_to_administrators(
    alice: PersonClient, olga: PersonClient, policy: Activate
) -> None:
    policy(f"name: prod, {INCIDENT}")
    send(alice, COMPUTE, justification="checkout fails", ticket="INC-7", minutes="20")
    made = Request.objects.get()
    page = Page(olga.get(f"/admin/activations/request/{made.pk}/change/"))
    assert page.links()["https://t.example.com/INC-7"] == "https://t.example.com/INC-7"
    for words in ("INC-7", "prod", made.policy_sha256):
        assert words in page.text


def test_without_a_rule_requests_name_none(alice: PersonClient) -> None:
    activate(alice)
    page = Page(alice.get(Request.objects.get().get_absolute_url()))
    assert "Rule of the access policy" not in page.text

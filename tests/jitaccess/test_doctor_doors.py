"""The doctor as a command, and as a page that only administrators see."""

from __future__ import annotations

import io
import json
import re

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from activations.models import JobRun
from simulator import Simulator
from tests.conftest import PersonClient
from tests.jitaccess.examined import well

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
PAGE = "/admin/doctor/"


@pytest.fixture(autouse=True)
def _well(simulated: Simulator, settings: Settings) -> None:
    settings.BASE_URL = simulated.url
    well()
    JobRun.objects.filter(name="audit").delete()


def command(*arguments: str) -> tuple[int, str]:
    said, status = io.StringIO(), 0
    try:
        call_command("doctor", *arguments, stdout=said)
    except SystemExit as end:
        status = int(end.code or 0)
    return status, said.getvalue()


def test_without_problems_the_command_succeeds() -> None:
    status, said = command()
    assert status == 0
    assert said.rstrip().endswith("28 ok, 0 problem, 1 unknown")


def test_a_problem_exits_with_1_and_shows_what_to_do(settings: Settings) -> None:
    settings.RESOURCE_CUSTOMER_ID = "C0other"
    status, said = command()
    assert status == 1
    assert re.search(r"^problem +Groups +The customer C0other does not exist", said, re.MULTILINE)
    assert re.search(r"^ +→ Set RESOURCE_CUSTOMER_ID", said, re.MULTILINE)
    assert re.search(r"^ +\$ gcloud organizations list", said, re.MULTILINE)


def test_what_is_unknown_is_no_failure(simulated: Simulator) -> None:
    simulated.faults.add("cloudasset.*", status=503, times=None)
    status, said = command()
    assert (status, said.rstrip().endswith("27 ok, 0 problem, 2 unknown")) == (0, True)


def test_programs_read_json(settings: Settings) -> None:
    settings.RESOURCE_CUSTOMER_ID = "C0other"
    status, said = command("--json")
    document = json.loads(said)
    assert (status, document["healthy"]) == (1, False)
    (found,) = [line for line in document["findings"] if line["state"] == "problem"]
    assert found.keys() == {"name", "state", "what", "remedy", "command"}


def test_a_test_message_is_one_more_line(settings: Settings) -> None:
    settings.MAIL_SERVER = None
    status, said = command("--send-test-mail", "olga@example.com")
    assert (status, "Test message" in said) == (1, True)


@pytest.mark.parametrize("who", ["audrey", "alice"])
def test_others_are_refused_and_nothing_is_looked_at(
    who: str, request: pytest.FixtureRequest, simulated: Simulator
) -> None:
    client: PersonClient = request.getfixturevalue(who)
    assert client.get(PAGE).status_code == 403
    simulated.calls.clear()
    assert client.post(PAGE).status_code == 403
    assert not list(simulated.calls.of("cloudasset.*"))


def test_opening_the_page_calls_no_api(olga: PersonClient, simulated: Simulator) -> None:
    answer = olga.get(PAGE)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Run checks" in page
    assert 'value="olga@example.com"' in page
    assert "Findings" not in page
    assert not list(simulated.calls.of("cloudasset.*"))


def test_pressing_the_button_shows_findings(olga: PersonClient, settings: Settings) -> None:
    settings.RESOURCE_CUSTOMER_ID = "C0example1"
    settings.AVAILABLE_PROJECTS_QUERY = "id:<b>none"
    page = olga.post(PAGE).content.decode()
    assert "Findings" in page
    assert "gcloud organizations add-iam-policy-binding 7" in page
    assert "&lt;b&gt;none" in page
    assert "<b>none" not in page


def test_the_other_button_sends_a_message(olga: PersonClient, settings: Settings) -> None:
    settings.MAIL_SERVER = None
    page = olga.post(PAGE, {"to": "bob@example.com"}).content.decode()
    assert "Test message" in page
    assert "Cloud Asset" not in page
    assert 'value="bob@example.com"' in page


def test_the_form_is_protected_against_other_sites(simulated: Simulator) -> None:
    client = Client(enforce_csrf_checks=True)
    assertion = simulated.assertion("olga@example.com")
    answer = client.post(PAGE, headers={"X-Goog-IAP-JWT-Assertion": assertion})
    assert answer.status_code == 403
    assert not list(simulated.calls.of("cloudasset.*"))


def test_the_overview_leads_administrators_there(olga: PersonClient, audrey: PersonClient) -> None:
    assert PAGE in olga.get("/admin/").content.decode()
    assert PAGE not in audrey.get("/admin/").content.decode()

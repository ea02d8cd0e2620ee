"""Each recipe of docs/access-policies.md, activated from the command line and tried with requests over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import Settings

from activations.models import Request, Reviewer
from activations.services.reminders import Counts, remind_due
from eligibility import providers
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.approvals import state
from tests.journeys.policies import document
from tests.journeys.recipes import activate, ask, granted, listed, recipe_company
from tests.journeys.schedules import HOUR, in_seconds, run_starts
from tests.journeys.stages import approve, said
from tests.policies.recipes import MOVED, RECIPES, name_of_test

pytestmark = pytest.mark.one_database


__all__ = ["document"]

Person = Callable[[str], PersonClient]
Use = Callable[[str], str]
SHOP_RUN, DEV_RUN = "shop-prod:roles/run.admin", "shop-dev:roles/run.admin"
IAM_ADMIN = "shop-prod:roles/resourcemanager.projectIamAdmin"
STORAGE = "shop-prod:roles/storage.objectAdmin"
NEEDS_APPROVAL = 403


@pytest.fixture(autouse=True)
def _company(simulated: Simulator) -> None:
    recipe_company(simulated)


@pytest.fixture
def use(document: Callable[[str], str]) -> Use:
    """Return a function that activates the recipe with this title."""
    return lambda title: document(RECIPES[title])


def requested(person: PersonClient, role_id: str, *peers: str, **changes: object) -> str:
    answer = ask(person, role_id, *peers, **changes)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.content
    request_id: str = answer.json()["requestId"]
    return request_id


def test_every_recipe_is_tried() -> None:
    assert [title for title in RECIPES if name_of_test(title) not in globals()] == []


def test_less_time_in_production(alice: PersonClient, use: Use) -> None:
    use("Less time in production")
    assert (listed(alice, SHOP_RUN)["maxDuration"], listed(alice, DEV_RUN)["maxDuration"]) == (
        60,
        120,
    )
    assert activate(alice, SHOP_RUN, minutes=61).status_code == 400
    assert granted(activate(alice, SHOP_RUN, minutes=60))
    assert granted(activate(alice, DEV_RUN, minutes=61))


def test_an_incident_for_every_access_to_production(alice: PersonClient, use: Use) -> None:
    use("An incident for every access to production")
    assert activate(alice, SHOP_RUN).status_code == 400
    assert activate(alice, SHOP_RUN, ticket="INC-1").status_code == 400
    done = activate(alice, SHOP_RUN, ticket="INC-4711")
    assert granted(done)
    assert done.json()["ticketUrl"] == "https://tickets.example.com/browse/INC-4711"
    assert granted(activate(alice, DEV_RUN))


def test_contractors_need_a_sponsor(
    alice: PersonClient, person: Person, use: Use, simulated: Simulator
) -> None:
    use("Contractors need a sponsor")
    assert granted(activate(alice, DEV_RUN))
    simulated.company.join("contractors@example.com", alice.email)
    assert activate(alice, SHOP_RUN).status_code == NEEDS_APPROVAL
    request_id = requested(alice, SHOP_RUN)
    assert approve(person("guard@example.com"), request_id).status_code == 404
    assert granted(approve(person("sponsor@example.com"), request_id))


def test_on_call_engineers_skip_approval_in_an_emergency(
    alice: PersonClient, use: Use, simulated: Simulator
) -> None:
    use("On-call engineers skip approval in an emergency")
    assert activate(alice, SHOP_RUN).status_code == NEEDS_APPROVAL
    assert activate(alice, SHOP_RUN, breakGlass=True).status_code == 403
    simulated.company.join("on-call@example.com", alice.email)
    done = activate(alice, SHOP_RUN, breakGlass=True)
    assert granted(done)
    assert done.json()["breakGlass"] is True
    assert done.json()["afterReview"]["state"] == "open"


def test_four_eyes_for_roles_that_change_iam(alice: PersonClient, person: Person, use: Use) -> None:
    use("Four eyes for roles that change IAM")
    assert granted(activate(alice, SHOP_RUN))
    assert activate(alice, IAM_ADMIN, minutes=30).status_code == NEEDS_APPROVAL
    assert ask(alice, IAM_ADMIN, minutes=31).status_code == 400
    request_id = requested(alice, IAM_ADMIN)
    assert not granted(approve(person("lead@example.com"), request_id))
    assert state(alice, request_id) == "ACTIVATION_PENDING"
    assert granted(approve(person("guard@example.com"), request_id))


def test_changes_in_a_window(
    alice: PersonClient, person: Person, use: Use, simulated: Simulator
) -> None:
    use("Changes in a window")
    role_id = "billing-prod:roles/cloudsql.admin"
    assert ask(alice, role_id, minutes=120, ticket="CHG12").status_code == 400
    start = in_seconds(HOUR)
    request_id = requested(alice, role_id, minutes=120, ticket="CHG0012345", startTime=start)
    assert approve(person("board@example.com"), request_id).json()["status"] == "SCHEDULED"
    run_starts()
    assert state(alice, request_id) == "ACTIVE"
    (item,) = alice.api_get(f"/api/requests/{request_id}").json()["entitlements"]
    assert (item["startTime"], item["endTime"]) == (start, start + 120 * 60)
    assert granted(activate(alice, SHOP_RUN))


def test_everything_below_a_folder(alice: PersonClient, person: Person, use: Use) -> None:
    use("Everything below a folder")
    role_id = "ledger-app:roles/run.admin"
    assert activate(alice, role_id).status_code == NEEDS_APPROVAL
    assert said(ask(alice, role_id, justification="BUG-1")) == (
        400,
        "Justification does not meet criteria: Describe the task in at least 30 characters.",
    )
    request_id = requested(alice, role_id)
    assert granted(approve(person("officer@example.com"), request_id))
    assert granted(activate(alice, SHOP_RUN, justification="BUG-1"))


def test_reminder_and_escalation_when_nobody_answers(
    alice: PersonClient, bob: PersonClient, person: Person, use: Use
) -> None:
    use("Reminder and escalation when nobody answers")
    assert granted(activate(alice, "shop-dev:roles/bigquery.dataEditor"))
    request_id = requested(alice, STORAGE, bob.email)
    assert approve(person("owner@example.com"), request_id).status_code == 404
    opened = Request.objects.get(pk=request_id).stage_opened_at
    assert opened is not None
    read = providers.group_members().people
    for minutes, expected in ((29, Counts()), (31, Counts(reminded=1)), (121, Counts(escalated=1))):
        at = opened + timedelta(minutes=minutes)
        assert remind_due(now=at, deadline=Deadline(45), read_groups=read) == expected
    assert Reviewer.objects.filter(request_id=request_id, email="owner@example.com").exists()
    assert granted(approve(person("owner@example.com"), request_id))


def test_an_exception_before_the_rule(alice: PersonClient, use: Use) -> None:
    use("An exception before the rule")
    assert granted(activate(alice, "sandbox-alice:roles/run.admin", minutes=120))
    assert activate(alice, SHOP_RUN, minutes=61).status_code == 400
    assert granted(activate(alice, SHOP_RUN, minutes=60))


def test_viewers_for_a_day_editors_for_an_hour(
    alice: PersonClient, use: Use, settings: Settings
) -> None:
    settings.ACTIVATION_TIMEOUT = timedelta(days=1)
    use("Viewers for a day, editors for an hour")
    assert granted(activate(alice, "shop-prod:roles/run.viewer", minutes=1440, justification="x"))
    editor = "shop-prod:roles/run.developer"
    assert activate(alice, editor, minutes=61).status_code == 400
    assert activate(alice, editor, justification="Because").status_code == 400
    assert granted(activate(alice, editor, justification="BUG-12 wrong prices"))


def test_two_designated_approvers(
    alice: PersonClient, bob: PersonClient, person: Person, use: Use
) -> None:
    use("Two designated approvers")
    request_id = requested(alice, STORAGE)
    assert approve(bob, request_id).status_code == 404
    first = person("owner@example.com")
    assert not granted(approve(first, request_id))
    assert not granted(approve(first, request_id))
    assert granted(approve(person("owner2@example.com"), request_id))
    assert granted(activate(alice, SHOP_RUN))


def test_support_works_only_with_a_case_on_part_of_the_projects(
    alice: PersonClient, use: Use, simulated: Simulator
) -> None:
    use("Support works only with a case, on part of the projects")
    assert granted(activate(alice, "shop-prod:roles/dns.admin"))
    simulated.company.join("support@example.com", alice.email)
    assert activate(alice, SHOP_RUN).status_code == 400
    assert granted(activate(alice, SHOP_RUN, ticket="CASE-7"))
    assert granted(activate(alice, "sandbox-alice:roles/run.admin"))


def test_moving_from_environment_variables(
    alice: PersonClient,
    person: Person,
    document: Callable[[str], str],
    settings: Settings,
) -> None:
    document(MOVED)
    settings.ACTIVATION_TIMEOUT = timedelta(hours=8)
    assert granted(activate(alice, DEV_RUN, minutes=480, justification="anything"))
    assert activate(alice, SHOP_RUN, minutes=61).status_code == 400
    assert activate(alice, SHOP_RUN, justification="anything").status_code == 400
    assert granted(activate(alice, SHOP_RUN, minutes=60))
    security = person("guard@example.com")
    assert granted(approve(security, requested(alice, STORAGE)))


def test_the_recipe_of_the_tutorial(
    alice: PersonClient, bob: PersonClient, person: Person, document: Callable[[str], str]
) -> None:
    text = RECIPES["Four eyes for roles that change IAM"]
    for group, someone in (("leads", "bob"), ("security", "maria")):
        text = text.replace(f"group:{group}@example.com", f"user:{someone}@example.com")
    document(text)
    request_id = requested(alice, "shop-prod:roles/iam.securityAdmin")
    assert not granted(approve(bob, request_id))
    assert granted(approve(person("maria@example.com"), request_id))

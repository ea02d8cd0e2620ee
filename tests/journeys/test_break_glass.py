"""In an emergency, a person activates roles without approval; those who would approve are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from activations.models import AfterReview, Event, Grant, Request
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.activations.pages.reading import Page
from tests.conftest import PersonClient
from tests.jitaccess.log_lines import LogLines
from tests.journeys.approvals import SECURITY, SET, ask
from tests.journeys.glass import (
    BREAK_GLASS,
    EMERGENCY,
    RULE,
    break_glass,
    judge,
    mails,
    received,
    sent,
    used_glass,
)
from tests.journeys.policies import Activate, policy
from tests.journeys.schedules import in_seconds
from tests.journeys.shop import COMPUTE, PROJECT, ROLES, activate, activations_of, count_activations
from tests.journeys.test_reconciler import GET, LONG_AGO, age, alices, run
from tests.journeys.test_stop_person import stop
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database


__all__ = ["mails", "policy"]

GROUPS = "directory.groups.list"
MEMBERS = "directory.members.list"
TELLS = "BreakGlassUsed"
ALICE, STOPPED = "user:alice@example.com", "user:bob@example.com"


def test_alice_breaks_glass_at_night(
    alice: PersonClient, simulated: Simulator, policy: Activate, mails: None, log: LogLines
) -> None:
    policy(RULE)
    answer = break_glass(alice)
    assert answer.status_code == 200
    said = answer.json()
    assert said["status"] == "ACTIVE"
    assert said["breakGlass"] is True
    assert said["activationType"] == "JIT"
    assert said["entitlements"][0]["activationId"] == f"jit-{said['requestId']}"
    assert said["afterReview"]["state"] == "open"
    assert said["afterReview"]["dueAt"] - said["afterReview"]["openedAt"] == 3 * 86400
    (binding,) = activations_of(
        simulated.company.policy(PROJECT), "alice@example.com", "roles/iam.securityAdmin"
    )
    assert binding["condition"]["description"] == f"Self-approved, justification: {EMERGENCY}"
    (entry,) = log.of("api.activateRole")
    assert entry["logging.googleapis.com/labels"]["break_glass"] == "true"
    kinds = list(Event.objects.order_by("sequence").values_list("kind", flat=True))
    assert kinds[-3:] == ["grant.provisioning", "grant.active", "after_review.opened"]
    asked = Event.objects.get(kind="request.self_approved")
    assert asked.details["rows"]["request"]["break_glass"] is True
    assert differences() == []


def test_exactly_those_who_would_approve_and_who_review_are_told(
    alice: PersonClient, policy: Activate, mails: None
) -> None:
    policy(RULE)
    used_glass(alice)
    assert received(TELLS) == {"bob@example.com", "carol@example.com", "maria@example.com"}
    (published,) = sent(TELLS, "pubsub")
    assert published.payload["properties"]["justification"] == EMERGENCY
    assert published.payload["properties"]["review_due_time"]
    assert AfterReview.objects.get().asked == ["maria@example.com"]


def test_designated_reviewers_would_approve_too(
    alice: PersonClient, policy: Activate, mails: None, settings
) -> None:
    settings.REVIEWERS = ("user:grace@example.com",)
    policy(RULE)
    used_glass(alice)
    assert "grace@example.com" in received(TELLS)


def test_several_roles_under_either_marker_are_granted_together(
    alice: PersonClient, policy: Activate, mails: None
) -> None:
    policy(RULE)
    request_id = used_glass(alice, SECURITY, COMPUTE)
    assert Grant.objects.filter(request__id=request_id, state="active").count() == 2
    assert AfterReview.objects.count() == 1
    assert len(sent(TELLS)) == 1


def test_all_requirements_of_several_roles_hold(alice: PersonClient, policy: Activate) -> None:
    policy(
        f"name: compute, when: {{roles: ['roles/compute.admin']}}, require: {{duration: {{max: 20m}}}},"
        f" {BREAK_GLASS}",
        f"{RULE}, require: {{ticket: {{label: Incident, pattern: 'INC-[0-9]+'}}}}",
    )
    answer = break_glass(alice, SECURITY, COMPUTE)
    assert answer.status_code == 400
    assert "no longer than 20 minutes. Enter a ticket: Incident" in answer.json()["message"]
    answer = break_glass(alice, SECURITY, COMPUTE, activationTimeout=20, ticket="INC-7")
    assert answer.status_code == 200
    assert answer.json()["ticket"] == "INC-7"


def test_one_role_without_break_glass_refuses_all(alice: PersonClient, policy: Activate) -> None:
    policy(
        "name: never, when: {roles: ['roles/iam.*']}",
        RULE,
    )
    answer = break_glass(alice, COMPUTE, SECURITY)
    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "roles/iam.securityAdmin has no break-glass access",
    )
    assert not Request.objects.exists()


def test_nobody_breaks_glass_without_a_policy(alice: PersonClient) -> None:
    assert break_glass(alice).status_code == 403
    assert break_glass(alice, COMPUTE).status_code == 403


@pytest.mark.parametrize("name", ["carol", "charlie"])
def test_people_who_are_not_named_cannot_break_glass(
    person: Callable[[str], PersonClient], policy: Activate, name: str
) -> None:
    policy(RULE)
    answer = break_glass(person(f"{name}@example.com"))
    assert answer.status_code == 403
    assert not Request.objects.exists()


def test_a_named_person_needs_to_be_eligible(alice: PersonClient, policy: Activate) -> None:
    policy(RULE)
    assert break_glass(alice, f"{PROJECT}:roles/owner").status_code == 403


def test_a_short_justification_is_refused(alice: PersonClient, policy: Activate) -> None:
    policy(RULE)
    answer = break_glass(alice, justification="Down " * 3)
    assert answer.status_code == 400
    assert "at least 20 characters" in answer.json()["message"]


def test_groups_that_cannot_be_read_are_no_refusal(
    alice: PersonClient, policy: Activate, simulated: Simulator, no_retry_delay: None
) -> None:
    policy(RULE)
    simulated.faults.add(GROUPS, status=503, times=None)
    assert break_glass(alice).status_code == 503
    simulated.faults.clear()
    simulated.faults.add(GROUPS, status=404, times=None)
    assert break_glass(alice).status_code == 503
    assert not Request.objects.exists()


def test_reviewers_who_cannot_be_read_are_no_reason_to_grant_unseen(
    alice: PersonClient, policy: Activate
) -> None:
    policy(RULE.replace("jit-reviewers@", "deleted@"))
    answer = break_glass(alice)
    assert answer.status_code == 503
    assert "group:deleted@example.com" in answer.json()["message"]


@pytest.mark.parametrize("names", [ALICE, "group:nobody@example.com", f"{ALICE}', '{STOPPED}"])
def test_access_that_nobody_else_could_review_is_not_granted(
    alice: PersonClient,
    olga: PersonClient,
    policy: Activate,
    simulated: Simulator,
    names: str,
) -> None:
    simulated.company.add_group("nobody@example.com", ["alice@example.com"])
    stop(olga, STOPPED.removeprefix("user:"))
    policy(RULE.replace("group:jit-reviewers@example.com", names))
    answer = break_glass(alice)
    assert answer.status_code == 403
    assert "review_by of the rule 'night' names" in answer.json()["message"]
    assert not Request.objects.exists()


def test_only_self_activation_takes_break_glass(alice: PersonClient, policy: Activate) -> None:
    policy(RULE)
    answer = ask(alice, breakGlass=True)
    assert answer.status_code == 400
    used_glass(alice)
    grant = Grant.objects.get()
    body = {"activationTimeout": 60, "justification": EMERGENCY, "breakGlass": True}
    assert alice.api_post(f"/api/grants/{grant.id}/extend", body).status_code == 400


def test_a_list_says_for_which_roles_the_person_may_break_glass(
    alice: PersonClient, carol: PersonClient, policy: Activate
) -> None:
    policy(f"name: night, when: {{roles: ['roles/iam.*']}}, {BREAK_GLASS}")

    def marked(person: PersonClient) -> set[str]:
        listed = person.api_get(ROLES).json()["entitlements"]
        return {one["name"] for one in listed if one["breakGlass"]}

    assert marked(alice) == {"roles/iam.securityAdmin"}
    assert marked(carol) == set()


def test_a_failed_grant_opens_no_after_review(
    alice: PersonClient, policy: Activate, mails: None, simulated: Simulator
) -> None:
    policy(RULE)
    simulated.faults.add(SET, status=403, times=None)
    assert break_glass(alice).status_code == 403
    assert alices().state == "failed"
    assert not AfterReview.objects.exists()
    assert sent(TELLS) == []
    assert judge(alice, str(Request.objects.get().id)).status_code == 404


def test_a_lost_answer_opens_the_after_review_once(
    alice: PersonClient, policy: Activate, mails: None, simulated: Simulator, no_retry_delay: None
) -> None:
    policy(RULE)
    simulated.faults.add(SET, close="after", times=None)
    simulated.faults.add(GET, status=503, after=1, times=None)
    assert break_glass(alice, SECURITY, COMPUTE).status_code == 504
    assert not AfterReview.objects.exists()
    simulated.faults.clear()
    lost = Grant.objects.filter(beneficiary_email="alice@example.com")
    rewrite(lost, start_time=lost[0].start_time - LONG_AGO)
    run()
    run()
    assert set(lost.values_list("state", flat=True)) == {"active"}
    assert AfterReview.objects.count() == 1
    assert received(TELLS) == {"bob@example.com", "carol@example.com", "maria@example.com"}
    assert Event.objects.filter(kind="after_review.opened").count() == 1


def test_a_write_that_was_lost_opens_none(
    alice: PersonClient, policy: Activate, mails: None, simulated: Simulator, no_retry_delay: None
) -> None:
    policy(RULE)
    simulated.faults.add(SET, close="before", times=None)
    simulated.faults.add(GET, status=503, after=1, times=None)
    assert break_glass(alice).status_code == 504
    simulated.faults.clear()
    age()
    run()
    assert alices().state == "failed"
    assert not AfterReview.objects.exists()


def test_the_same_key_makes_one_request(alice: PersonClient, policy: Activate, mails: None) -> None:
    policy(RULE)
    first, second = (break_glass(alice, key="once").json()["requestId"] for _ in range(2))
    assert first == second
    assert len(sent(TELLS)) == 1
    assert count_activations(alice.simulated, "alice@example.com", "roles/iam.securityAdmin") == 1


def test_an_extension_follows_the_ordinary_rules(
    alice: PersonClient, bob: PersonClient, policy: Activate
) -> None:
    policy(RULE)
    used_glass(alice, SECURITY, COMPUTE)
    for grant in Grant.objects.filter(beneficiary_email="alice@example.com"):
        body = {
            "activationTimeout": 60,
            "justification": "Still down",
            "peers": ["bob@example.com"],
        }
        answer = alice.api_post(f"/api/grants/{grant.id}/extend", body)
        assert answer.status_code == 200, answer.content
        asks = grant.role == "roles/iam.securityAdmin"
        assert answer.json()["activationType"] == ("MPA" if asks else "JIT")
        assert answer.json()["status"] == ("ACTIVATION_PENDING" if asks else "ACTIVE")
        assert answer.json()["breakGlass"] is False
        form = alice.get(f"/grants/{grant.id}/extend")
        assert (b"bob@example.com" in form.content) is asks


def test_the_page_of_an_extension_shows_the_limit_of_the_rule_for_how_the_role_is_held(
    alice: PersonClient, policy: Activate
) -> None:
    policy(
        "name: short, when: {types: [JIT]}, require: {duration: {max: 40m}}, " + BREAK_GLASS, RULE
    )
    used_glass(alice, COMPUTE)
    page = Page(alice.get(f"/grants/{Grant.objects.get().pk}/extend"))
    minutes = next(one for one in page.elements if one.attributes.get("name") == "minutes")
    assert minutes.attributes["max"] == "40"


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(seconds=5), timedelta(days=20_000)])
def test_a_start_that_has_come_is_no_later_start(
    alice: PersonClient, policy: Activate, ago: timedelta
) -> None:
    policy(RULE)
    start = in_seconds(-ago)
    answer = break_glass(alice, COMPUTE, startTime=start)
    assert (answer.status_code, answer.json().get("startTime")) == (200, None)
    body = {"activationTimeout": 60, "justification": "Still down", "startTime": start}
    answer = alice.api_post(f"/api/grants/{Grant.objects.get().pk}/extend", body)
    assert (answer.status_code, answer.json()["status"]) == (200, "ACTIVE")
    later = in_seconds(timedelta(hours=1))
    grant = Grant.objects.get(state="active")
    for refused in (
        break_glass(alice, SECURITY, startTime=later),
        alice.api_post(f"/api/grants/{grant.pk}/extend", body | {"startTime": later}),
    ):
        assert refused.status_code == 400
        assert "Remove the start (startTime)" in refused.json()["message"]


class TestStages:
    """Rules with stages say who would approve."""

    STAGES = (
        "require: {approval: {stages: [{from: [peers], count: 1},"
        " {from: ['group:payments-approvers@example.com', 'user:grace@example.com'], count: 1}]}}"
    )

    @pytest.fixture(autouse=True)
    def _rule(self, policy: Activate, mails: None) -> None:
        policy(f"{RULE}, {self.STAGES}")

    def test_approvers_of_all_stages_are_told(self, alice: PersonClient) -> None:
        assert activate(alice).status_code == 403
        used_glass(alice, COMPUTE)
        peers, stage = {"bob@example.com"}, {"bob@example.com", "carol@example.com"}
        assert received(TELLS) == peers | stage | {"grace@example.com", "maria@example.com"}

    def test_an_extension_asks_the_stages(self, alice: PersonClient) -> None:
        used_glass(alice, COMPUTE)
        grant = Grant.objects.get()
        body = {"activationTimeout": 60, "justification": "Still down"}
        answer = alice.api_post(f"/api/grants/{grant.id}/extend", body)
        assert answer.status_code == 200, answer.content
        assert answer.json()["status"] == "ACTIVATION_PENDING"

"""Access that starts later: scheduled, started by the job, failed, and what people read about it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from activations.evidence.verification import verify
from activations.iam import writes
from activations.iam.dependencies import current_dependencies
from activations.models import Event, Grant, OutboxMessage, Request
from activations.reconciliation.starts import JOB, start_due
from googlecloud.calls import Deadline
from tests.activations.evidence.recorded_history import differences
from tests.journeys.approvals import SET, ask, decide, pending_request, state
from tests.journeys.policies import policy
from tests.journeys.renamed import recreated_account, renamed
from tests.journeys.schedules import (
    HOUR,
    LATER,
    in_seconds,
    lose_eligibility,
    run_starts,
    schedule,
    scheduled_request,
)
from tests.journeys.shop import (
    ACTIVATE,
    COMPUTE,
    PROJECT,
    activation_body,
    count_activations,
    status_of,
)
from tests.journeys.test_time_bound_eligibility import (
    JIT,
    after,
    before,
    make_eligible,
    moment,
    role_id,
)
from tests.moments import now
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database

__all__ = ["policy"]

ALICE = "alice@example.com"
DNS = f"{PROJECT}:roles/dns.admin"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def queued_messages(settings):
    settings.NOTIFICATION_TOPIC = "news"


def kinds() -> list[str]:
    return list(Event.objects.order_by("sequence").values_list("kind", flat=True))


def told() -> list[str]:
    return list(OutboxMessage.objects.order_by("created_at").values_list("kind", flat=True))


def test_access_is_scheduled_without_a_write(alice, simulated):
    start = in_seconds(HOUR)
    answer = alice.api_post(ACTIVATE, activation_body(minutes=30) | {"startTime": start}).json()
    assert (answer["status"], answer["startTime"]) == ("SCHEDULED", start)
    (role,) = answer["entitlements"]
    assert role["status"] == "SCHEDULED"
    assert (role["startTime"], role["endTime"]) == (start, start + 1800)
    assert len(simulated.calls.of(SET)) == 0
    assert Request.objects.get().state == "approved"
    assert kinds() == ["request.self_approved", "grant.scheduled"]
    assert told() == ["AccessScheduled"]


def test_access_starts_when_its_time_has_come(alice, simulated):
    request_id = scheduled_request(alice)
    assert run_starts(HOUR - timedelta(minutes=1)).finished == 0
    assert count_activations(simulated, ALICE) == 0
    assert run_starts().finished == 1
    assert count_activations(simulated, ALICE) == 1
    assert state(alice, request_id) == "ACTIVE"
    assert run_starts().finished == 0
    assert len(simulated.calls.of(SET)) == 1
    assert kinds()[-2:] == ["grant.provisioning", "grant.active"]
    assert told() == ["AccessScheduled", "ActivationSelfApproved"]
    assert verify().problem is None
    assert differences() == []


def test_the_binding_has_the_scheduled_period(alice, simulated):
    start = in_seconds(HOUR)
    alice.api_post(ACTIVATE, activation_body(minutes=30) | {"startTime": start})
    run_starts(LATER + timedelta(minutes=5))
    grant = Grant.objects.get()
    assert (int(grant.start_time.timestamp()), int(grant.end_time.timestamp())) == (
        start,
        start + 1800,
    )
    assert f"{grant.start_time:%Y-%m-%dT%H:%M:%S}" in grant.binding_expression
    assert f"{grant.end_time:%Y-%m-%dT%H:%M:%S}" in grant.binding_expression


def test_several_roles_start_in_one_write(alice, simulated):
    scheduled_request(alice, COMPUTE, DNS)
    assert run_starts().finished == 1
    assert {grant.state for grant in Grant.objects.all()} == {"active"}
    assert len(simulated.calls.of(SET)) == 1


def test_the_door_for_schedulers_runs_the_job(alice, simulated, settings):
    settings.CRON_SERVICE_ACCOUNT = "scheduler@jit-access-host.iam.gserviceaccount.com"
    settings.CRON_AUDIENCE = "https://jit.example.com"
    request_id = scheduled_request(alice)
    rewrite(Grant.objects, start_time=Grant.objects.get().start_time - HOUR)
    token = simulated.oidc.sign(settings.CRON_SERVICE_ACCOUNT, settings.CRON_AUDIENCE)
    answer = Client().post("/cron/start", headers={"Authorization": f"Bearer {token}"})
    assert answer.json() == {"started": 1, "failed": 0, "troubled": 0, "left": 0}
    assert state(alice, request_id) == "ACTIVE"


@pytest.mark.parametrize("start", [0, -1, -(10**30), 1_000_000_000, None])
def test_a_start_that_has_passed_means_now(alice, start):
    answer = alice.api_post(ACTIVATE, activation_body() | {"startTime": start}).json()
    assert (answer["status"], answer["startTime"]) == ("ACTIVE", None)


@pytest.mark.parametrize("delay", [7 * DAY + HOUR, 700 * DAY, None], ids=str)
def test_a_start_beyond_seven_days_is_refused(alice, delay):
    start = in_seconds(delay) if delay else 10**30
    answer = alice.api_post(ACTIVATE, activation_body() | {"startTime": start})
    assert answer.status_code == 400
    assert answer.json()["message"] == "The start must be within the next 7 days"
    assert schedule(alice, delay=7 * DAY - HOUR).status_code == 200


@pytest.mark.parametrize("start", ["tomorrow", 1.5, True, [1], {}])
def test_another_type_is_refused_with_the_name_of_the_property(alice, start):
    for answer in (
        alice.api_post(ACTIVATE, activation_body() | {"startTime": start}),
        ask(alice, startTime=start),
    ):
        assert answer.status_code == 400
        assert answer.json()["message"] == "startTime must be a whole number"


def test_another_start_with_the_same_key_is_another_request(alice):
    body = activation_body() | {"startTime": in_seconds(HOUR)}
    first = alice.api_post(ACTIVATE, body, **{"Idempotency-Key": "k"}).json()
    again = alice.api_post(ACTIVATE, body, **{"Idempotency-Key": "k"}).json()
    assert again["requestId"] == first["requestId"]
    later = alice.api_post(
        ACTIVATE, body | {"startTime": body["startTime"] + 60}, **{"Idempotency-Key": "k"}
    )
    assert later.status_code == 400
    assert Request.objects.count() == 1


def test_eligibility_must_cover_the_wanted_period(alice, simulated):
    """A role whose eligibility ends before the start cannot be scheduled; one that begins by then can."""
    soon = moment(minutes=30)
    for marked, clause in (("ends", before(soon)), ("begins", after(soon))):
        make_eligible(simulated, JIT, clause)
        answer = schedule(alice, role_id(clause))
        assert answer.status_code == (403 if marked == "ends" else 200), answer.content
    late = after(moment(hours=3))
    make_eligible(simulated, JIT, late)
    assert schedule(alice, role_id(late)).status_code == 403


def test_access_that_the_eligibility_cuts_ends_with_it(alice, simulated):
    end = moment(minutes=90)
    make_eligible(simulated, JIT, before(end))
    answer = schedule(alice, role_id(before(end)), minutes=60)
    assert answer.json()["entitlements"][0]["endTime"] == int(end.timestamp())


def test_an_approval_before_the_start_schedules_the_access(alice, bob, simulated):
    start = in_seconds(HOUR)
    request_id = pending_request(alice, startTime=start)
    assert decide(bob, request_id, "approve").json()["status"] == "SCHEDULED"
    assert len(simulated.calls.of(SET)) == 0
    assert set(told()) == {"RequestActivation", "AccessScheduled"}
    assert run_starts().finished == 1
    (role,) = alice.api_get(f"/api/requests/{request_id}").json()["entitlements"]
    assert (role["status"], role["startTime"], role["endTime"]) == ("ACTIVE", start, start + 1800)
    assert told()[-1] == "ActivationApproved"
    assert verify().problem is None
    assert differences() == []


def test_an_approval_after_the_start_grants_at_once(alice, bob, simulated):
    request_id = pending_request(alice, startTime=in_seconds(HOUR))
    rewrite(Request.objects, start_at=now() - HOUR)
    answer = decide(bob, request_id, "approve").json()
    assert answer["status"] == "ACTIVE"
    assert answer["entitlements"][0]["startTime"] > answer["startTime"]
    assert count_activations(simulated, ALICE, "roles/iam.securityAdmin") == 1


def test_lost_eligibility_fails_the_start_and_tells_the_person_and_the_approver(
    alice, bob, simulated, settings
):
    request_id = pending_request(alice, startTime=in_seconds(HOUR))
    decide(bob, request_id, "approve")
    lose_eligibility(simulated, "roles/iam.securityAdmin")
    counts = run_starts()
    assert (counts.finished, counts.failed) == (0, 1)
    assert state(alice, request_id) == "FAILED"
    assert "is not allowed to activate" in Grant.objects.get().failure
    assert told()[-1] == "ActivationFailed"
    assert len(simulated.calls.of(SET)) == 0
    assert verify().problem is None
    assert differences() == []


def test_a_stricter_rule_fails_the_start(alice, simulated, policy):
    request_id = scheduled_request(alice, minutes=60)
    policy("name: short, when: {projects: [shop-prod]}, require: {duration: {max: 30m}}")
    assert run_starts().failed == 1
    assert state(alice, request_id) == "FAILED"
    assert "must be no longer than 30 minutes" in Grant.objects.get().failure
    assert count_activations(simulated, ALICE) == 0


def test_a_looser_rule_does_not_loosen_what_was_scheduled(alice, simulated, policy):
    """The kept rule still counts: here one that could not be met any more."""
    policy("name: short, when: {projects: [shop-prod]}, require: {duration: {max: 30m}}")
    scheduled_request(alice, minutes=30)
    policy()
    rewrite(Request.objects, minutes=45)
    assert run_starts().failed == 1


def test_a_stopped_person_gets_no_access(alice, olga, simulated):
    request_id = scheduled_request(alice)
    olga.post("/admin/stop-person/", {"email": ALICE, "reason": "stolen", "action": "stop"})
    assert state_of(request_id) == ["withdrawn"]
    assert run_starts().finished == 0
    assert count_activations(simulated, ALICE) == 0
    assert differences() == []


def state_of(request_id: str) -> list[str]:
    return list(Grant.objects.filter(request_id=request_id).values_list("state", flat=True))


def test_transient_failures_are_tried_until_the_end(alice, simulated, no_retry_delay):
    request_id = scheduled_request(alice)
    simulated.faults.add("cloudresourcemanager.projects.getIamPolicy", status=503, times=None)
    assert run_starts().troubled == 1
    assert state(alice, request_id) == "SCHEDULED"
    assert run_starts(2 * HOUR - timedelta(minutes=1)).troubled == 1
    assert run_starts(2 * HOUR + timedelta(minutes=1)).failed == 1
    grant = Grant.objects.get()
    assert (grant.state, grant.failure_kind) == ("failed", "NotStarted")
    assert told()[-1] == "ActivationFailed"


def test_a_start_that_succeeds_late_keeps_its_end(alice, simulated, no_retry_delay):
    request_id = scheduled_request(alice)
    simulated.faults.add("cloudresourcemanager.projects.getIamPolicy", status=503, times=None)
    run_starts()
    simulated.faults.clear()
    assert run_starts(HOUR + timedelta(minutes=30)).finished == 1
    assert state(alice, request_id) == "ACTIVE"
    assert Grant.objects.get().binding_end == Grant.objects.get().end_time


def test_a_permanent_refusal_of_the_write_fails_at_once(alice, simulated):
    scheduled_request(alice)
    simulated.faults.add(SET, status=403, message="not you", times=None)
    assert run_starts().failed == 1
    assert Grant.objects.get().state == "failed"
    assert told()[-1] == "ActivationFailed"


def test_one_failing_project_does_not_block_the_others(alice, simulated, no_retry_delay):
    scheduled_request(alice)
    roles = alice.api_get("/api/projects/billing-prod/roles").json()["entitlements"]
    mine = next(one["id"] for one in roles if one["activationType"] == "JIT")
    body = activation_body(mine) | {"startTime": in_seconds(HOUR)}
    made = alice.api_post("/api/projects/billing-prod/roles/self-activate", body)
    assert made.status_code == 200, made.content
    broken = f"projects/{PROJECT}"
    simulated.faults.add(SET, status=503, times=None, when=lambda call: broken in call.path)
    counts = run_starts()
    assert (counts.finished, counts.troubled) == (1, 1)
    assert sorted(Grant.objects.values_list("state", flat=True)) == ["active", "provisioning"]


def test_a_renamed_person_gets_the_access_under_the_new_address(alice, simulated):
    request_id = scheduled_request(alice)
    alicia = renamed(simulated)
    assert state(alicia, request_id) == "SCHEDULED"
    assert run_starts().finished == 1
    assert count_activations(simulated, "alicia@example.com") == 1
    assert state(alicia, request_id) == "ACTIVE"


def test_the_next_owner_of_the_address_gets_nothing(alice, simulated):
    scheduled_request(alice)
    next_alice = recreated_account(simulated)
    next_alice.api_get("/api/policy")
    assert run_starts().failed == 1
    assert "belongs to another account now" in Grant.objects.get().failure
    assert count_activations(simulated, ALICE) == 0


def test_a_start_makes_four_calls_in_two_steps(alice, simulated):
    scheduled_request(alice, COMPUTE, DNS)
    run_starts(timedelta())
    simulated.latency = 0.3
    simulated.calls.clear()
    assert run_starts().finished == 1
    assert len(simulated.calls) <= 4
    assert simulated.calls.depth() == 2


def test_the_audit_log_names_what_was_scheduled(alice, log):
    scheduled_request(alice)
    run_starts()
    (planned,) = log.of("api.scheduleRole")
    (begun,) = log.of("api.activateRole")
    for entry, kind in ((planned, "grant.scheduled"), (begun, "grant.active")):
        labels = entry["logging.googleapis.com/labels"]
        assert labels["scheduled"] == "true"
        event = Event.objects.get(kind=kind)
        assert labels["event_sequence"] == str(event.sequence)


def test_the_list_of_roles_shows_the_schedule(alice):
    scheduled_request(alice)
    assert status_of(alice, COMPUTE) == "SCHEDULED"
    run_starts()
    assert status_of(alice, COMPUTE) == "ACTIVE"


def test_the_run_stops_at_its_deadline_and_the_next_one_continues(alice, simulated):
    scheduled_request(alice)
    assert run_starts(deadline=Deadline(0)).left == 1
    assert run_starts().finished == 1


def test_two_runs_do_not_overlap(alice):
    scheduled_request(alice)
    with writes.try_turn(JOB, clock=now) as mine:
        assert mine
        assert start_due(dependencies=current_dependencies(), deadline=Deadline(5)) is None

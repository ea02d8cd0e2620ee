"""A change takes effect once, under the policy's etag, in every failure of the connection."""

import copy
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from googlecloud.calls import Deadline
from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from googlecloud.errors import (
    Conflict,
    Denied,
    GoogleCloudError,
    Invalid,
    OutcomeUnknown,
    QuotaExceeded,
    TimedOut,
    Unavailable,
)
from googlecloud.policy import Modification, Policy
from simulator import Simulator
from tests.googlecloud.clock import Clock
from tests.googlecloud.odd_server import OddServer, saying

PROJECT = "shop-prod"
GET = "cloudresourcemanager.projects.getIamPolicy"
SET = "cloudresourcemanager.projects.setIamPolicy"
BINDING = {
    "role": "roles/browser",
    "members": ["user:alice@example.com"],
    "condition": {"title": "t", "description": "d", "expression": "request.time < timestamp('x')"},
}


def grant(policy: Policy) -> Policy:
    if BINDING in policy.get("bindings", []):
        return policy
    return {**policy, "bindings": [*policy.get("bindings", []), BINDING]}


Modify = Callable[..., Modification]


@pytest.fixture
def modify(cloud: Cloud, clock: Clock) -> Modify:
    def run(change: Callable[[Policy], Policy] = grant, **options: Any) -> Modification:
        deadline = options.pop("deadline", None) or Deadline(30, clock)
        return cloud.resource_manager.modify_policy(
            project_id=PROJECT,
            change=change,
            reason="Self-approved, justification: Übung\r\nX: y",
            deadline=deadline,
            **options,
        )

    return run


def granted(sim: Simulator) -> int:
    bindings: list[dict[str, Any]] = sim.company.policy(PROJECT)["bindings"]
    return bindings.count(BINDING)


def interfere(sim: Simulator) -> Callable[[Any], bool]:
    """Somebody else writes immediately before our write is checked."""
    number = itertools.count()

    def strike(_: Any) -> bool:
        sim.company.bind(PROJECT, f"roles/other{next(number)}", "user:carol@example.com")
        return False

    return strike


def test_one_read_and_one_write(modify: Modify, sim: Simulator) -> None:
    before = sim.company.policy(PROJECT)
    done = modify()
    assert (done.attempts, done.written) == (1, True)
    assert [call.api for call in sim.calls.google] == [GET, SET]
    assert done.before["bindings"] == before["bindings"]
    assert done.after["etag"] == sim.company.policy(PROJECT)["etag"]
    assert granted(sim) == 1


def test_what_others_wrote_stays_byte_for_byte(modify: Modify, sim: Simulator) -> None:
    before = sim.company.policy(PROJECT)
    modify()
    after = sim.company.policy(PROJECT)
    assert after["bindings"] == [*before["bindings"], BINDING]
    assert after["auditConfigs"] == before["auditConfigs"]
    sent = sim.calls.of(SET)[0].body["policy"]
    assert sent["bindings"][:-1] == before["bindings"]


def test_version_etag_and_reason_are_always_sent(modify: Modify, sim: Simulator) -> None:
    etag = sim.company.policy(PROJECT)["etag"]
    modify(lambda policy: {**grant(policy), "etag": "forged", "version": 1})
    (call,) = sim.calls.of(SET)
    assert call.body["policy"]["version"] == 3
    assert call.body["policy"]["etag"] == etag
    assert call.headers["x-goog-request-reason"] == ("Self-approved, justification: Ubung X: y")
    assert list(call.body) == ["policy"]


def test_a_policy_that_was_read_already_spares_the_read(
    modify: Modify, cloud: Cloud, sim: Simulator
) -> None:
    policy = cloud.resource_manager.get_policy(project_id=PROJECT)
    sim.calls.clear()
    assert modify(policy=policy).before == policy
    assert [call.api for call in sim.calls] == [SET]


def test_nothing_to_change_writes_nothing(modify: Modify, sim: Simulator) -> None:
    done = modify(lambda policy: policy)
    assert (done.attempts, done.written) == (0, False)
    assert done.before == done.after
    assert not sim.calls.of(SET)


def test_a_change_that_edits_in_place_still_counts(modify: Modify, sim: Simulator) -> None:
    def edit(policy: Policy) -> Policy:
        if BINDING not in policy["bindings"]:
            policy["bindings"].append(BINDING)
        return policy

    done = modify(edit)
    assert done.written
    assert BINDING not in done.before["bindings"]
    assert granted(sim) == 1


def test_what_the_change_raises_is_raised(modify: Modify, sim: Simulator) -> None:
    def refuse(policy: Policy) -> Policy:
        raise LookupError("no room")

    with pytest.raises(LookupError, match="no room"):
        modify(refuse)
    assert not sim.calls.of(SET)


def test_a_refusal_after_a_vanished_write_does_not_deny_that_it_may_have_happened(
    modify: Modify, sim: Simulator
) -> None:
    calls = itertools.count()

    def once(policy: Policy) -> Policy:
        if next(calls):
            raise LookupError("not eligible any more")
        return grant(policy)

    sim.faults.add(SET, close="after")
    with pytest.raises(OutcomeUnknown, match="not eligible any more") as caught:
        modify(once)
    assert isinstance(caught.value.__cause__, LookupError)
    assert granted(sim) == 1


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_repeats_the_whole_cycle(
    modify: Modify, sim: Simulator, clock: Clock, status: int
) -> None:
    sim.faults.add(SET, status=status, times=3)
    done = modify()
    assert (done.attempts, done.written) == (4, True)
    assert [call.api for call in sim.calls.google] == [GET, SET] * 4
    assert len(clock.naps) == 3
    assert clock.naps == sorted(clock.naps)


def test_a_stale_policy_is_read_again_and_the_others_work_kept(
    modify: Modify, cloud: Cloud, sim: Simulator
) -> None:
    stale = cloud.resource_manager.get_policy(project_id=PROJECT)
    sim.company.bind(PROJECT, "roles/other", "user:carol@example.com")
    done = modify(policy=stale)
    roles = [binding["role"] for binding in sim.company.policy(PROJECT)["bindings"]]
    assert done.attempts == 2
    assert "roles/other" in roles
    assert granted(sim) == 1


def test_endless_conflicts_end_with_the_deadline(
    modify: Modify, sim: Simulator, clock: Clock
) -> None:
    sim.faults.add(SET, when=interfere(sim), times=None)
    started = clock.now
    with pytest.raises(Conflict, match="Failed to update IAM bindings due to concurrent"):
        modify()
    assert clock.now - started < 30
    assert len(sim.calls.of(SET)) > 5
    assert granted(sim) == 0


def test_even_without_any_pause_the_tries_are_counted(
    sim: Simulator, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = Cloud(CloudConfig(endpoint=sim.url), sleep=lambda _: None)
    sim.faults.add(SET, status=409, times=None)
    with pytest.raises(Conflict):
        hasty.resource_manager.modify_policy(
            project_id=PROJECT, change=grant, reason="r", deadline=Deadline(1e6)
        )
    assert len(sim.calls.of(SET)) == 20


def test_a_rate_limit_waits_as_long_as_google_asks(
    modify: Modify, sim: Simulator, clock: Clock
) -> None:
    sim.faults.add(SET, status=429, retry_after=7)
    assert modify().written
    assert clock.naps == [7]
    sim.faults.add(SET, status=429, retry_after=60)
    with pytest.raises(QuotaExceeded) as caught:
        modify(lambda policy: {**policy, "bindings": policy["bindings"][:-1]})
    assert caught.value.retry_after == 60


@pytest.mark.parametrize("fault", [{"close": "after"}, {"status": 503, "done": True}, {"status": 502, "done": True}, {"status": 504, "done": True}])  # fmt: skip
def test_a_lost_answer_to_a_done_write_is_found_out_by_reading(
    modify: Modify, sim: Simulator, fault: dict[str, Any]
) -> None:
    before = sim.company.policy(PROJECT)
    sim.faults.add(SET, **fault)
    done = modify()
    assert (done.attempts, done.written) == (1, True)
    assert [call.api for call in sim.calls.google] == [GET, SET, GET]
    assert done.before["bindings"] == before["bindings"]
    assert done.after["etag"] == sim.company.policy(PROJECT)["etag"]
    assert granted(sim) == 1


@pytest.mark.parametrize("fault", [{"close": "before"}, {"status": 503}, {"status": 500}])
def test_a_lost_write_is_written_again(
    modify: Modify, sim: Simulator, fault: dict[str, Any]
) -> None:
    sim.faults.add(SET, **fault)
    done = modify()
    assert (done.attempts, done.written) == (2, True)
    assert [call.api for call in sim.calls.google] == [GET, SET, GET, SET]
    assert granted(sim) == 1


def test_a_lost_answer_without_a_read_leaves_the_outcome_unknown(
    modify: Modify, sim: Simulator
) -> None:
    sim.faults.add(SET, close="after")
    sim.faults.add(GET, status=503, times=None, after=1)
    with pytest.raises(OutcomeUnknown, match="its result is not known"):
        modify()
    assert granted(sim) == 1


def test_a_denied_read_leaves_the_outcome_unknown_too(modify: Modify, sim: Simulator) -> None:
    sim.faults.add(SET, close="before")
    sim.faults.add(GET, status=403, after=1)
    with pytest.raises(OutcomeUnknown):
        modify()


def test_a_server_that_always_answers_503_did_nothing(
    modify: Modify, sim: Simulator, clock: Clock
) -> None:
    sim.faults.add(SET, status=503, message="Down.", times=None)
    with pytest.raises(Unavailable, match=r"Down\.") as caught:
        modify()
    assert caught.value.status == 503
    assert granted(sim) == 0


def test_a_write_that_vanishes_every_time_may_still_arrive(modify: Modify, sim: Simulator) -> None:
    sim.faults.add(SET, close="before", times=None)
    with pytest.raises(OutcomeUnknown):
        modify()


def test_a_conflict_after_a_vanished_write_may_be_its_late_arrival(
    modify: Modify, sim: Simulator
) -> None:
    sim.faults.add(SET, close="before")
    sim.faults.add(SET, status=409, times=None)
    with pytest.raises(OutcomeUnknown):
        modify()


def test_a_vanished_write_that_cannot_be_followed_up(modify: Modify, sim: Simulator) -> None:
    sim.faults.add(SET, close="before")
    sim.faults.add(SET, status=409)
    sim.faults.add(GET, status=403, after=2)
    with pytest.raises(OutcomeUnknown):
        modify()


@pytest.mark.parametrize("status", [400, 403])
def test_a_refusal_of_the_second_write_says_nothing_of_the_first(
    modify: Modify, sim: Simulator, status: int
) -> None:
    sim.faults.add(SET, close="before")
    sim.faults.add(SET, status=status, message="Why not.", times=None)
    with pytest.raises(OutcomeUnknown, match=r"is not known: .*Why not\."):
        modify()


def test_a_refusal_after_a_write_that_is_known_to_have_ended_is_final(
    modify: Modify, sim: Simulator
) -> None:
    sim.faults.add(SET, status=503)
    sim.faults.add(SET, status=403, message="Why not.", times=None)
    with pytest.raises(Denied, match="Why not"):
        modify()


def test_reading_again_after_a_conflict_may_be_denied(modify: Modify, sim: Simulator) -> None:
    sim.faults.add(SET, status=409)
    sim.faults.add(GET, status=403, after=1)
    with pytest.raises(Denied):
        modify()


def test_a_write_that_was_never_sent_is_simply_tried_again(
    modify: Modify, cloud: Cloud, sim: Simulator
) -> None:
    policy = cloud.resource_manager.get_policy(project_id=PROJECT)
    sim.tokens.revoke_all()
    sim.calls.clear()
    sim.faults.add("metadata.*", status=503, times=3)
    done = modify(policy=policy)
    assert done.written
    assert [call.status for call in sim.calls.of(SET)] == [401, 401, 200]
    assert not sim.calls.of(GET)


def test_a_deadline_that_has_passed_sends_nothing(
    modify: Modify, cloud: Cloud, sim: Simulator, clock: Clock
) -> None:
    policy = cloud.resource_manager.get_policy(project_id=PROJECT)
    deadline = Deadline(1, clock)
    clock.sleep(2)
    with pytest.raises(TimedOut, match="No time was left"):
        modify(policy=policy, deadline=deadline)
    assert not sim.calls.of(SET)


def test_a_hanging_write_leaves_time_to_read_its_result(sim: Simulator, cloud: Cloud) -> None:
    real = Cloud(CloudConfig(endpoint=sim.url))
    policy = real.resource_manager.get_policy(project_id=PROJECT)
    sim.faults.add(SET, hang=5, done=True)
    done = real.resource_manager.modify_policy(
        project_id=PROJECT, change=grant, reason="r", policy=policy, deadline=Deadline(0.3)
    )
    assert (done.attempts, done.written) == (1, True)
    assert granted(sim) == 1


@pytest.mark.parametrize(("status", "kind"), [(400, Invalid), (403, Denied)])
def test_a_refusal_is_final(
    modify: Modify, sim: Simulator, clock: Clock, status: int, kind: type[GoogleCloudError]
) -> None:
    sim.faults.add(SET, status=status, message="Why not.")
    with pytest.raises(kind, match="Why not"):
        modify()
    assert len(sim.calls.of(SET)) == 1
    assert clock.naps == []


@pytest.mark.parametrize(
    "text",
    ["Role roles/x.y is not supported for this resource.", "The role roles/x.y does not exist."],
)
def test_a_role_that_cannot_be_granted_is_named(modify: Modify, sim: Simulator, text: str) -> None:
    sim.faults.add(SET, status=400, message=text)
    with pytest.raises(Invalid) as caught:
        modify()
    assert str(caught.value) == f"The role roles/x.y cannot be granted on a project: {text}"
    assert (caught.value.status, caught.value.api) == (400, SET)


def test_a_policy_without_etag_is_never_written(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({"version": 1}))
    with pytest.raises(GoogleCloudError, match="without etag"):
        odd_cloud.resource_manager.modify_policy(
            project_id="p1", change=grant, reason="r", deadline=Deadline(30)
        )
    assert len(odd.asked) == 1


def test_an_empty_policy_gets_its_first_binding(modify: Modify, sim: Simulator) -> None:
    sim.company.put_policy(PROJECT, {})
    assert modify().written
    assert sim.company.policy(PROJECT)["bindings"] == [BINDING]


def test_the_policy_handed_over_is_not_touched(modify: Modify, cloud: Cloud) -> None:
    policy = cloud.resource_manager.get_policy(project_id=PROJECT)
    original = copy.deepcopy(policy)
    modify(policy=policy)
    assert policy == original

"""Tokens are fetched once for all threads, and renewed before they expire."""

import threading
from typing import Any

import pytest
from google.auth.credentials import TokenState
from google.auth.exceptions import RefreshError, TransportError
from urllib3.exceptions import NewConnectionError, ReadTimeoutError

from googlecloud.calls import Deadline
from googlecloud.cloud import Cloud
from googlecloud.errors import (
    GoogleCloudError,
    NotAuthenticated,
    NotFound,
    TimedOut,
    Unavailable,
)
from googlecloud.token_failures import no_token
from googlecloud.tokens import Tokens
from simulator import Simulator
from tests.googlecloud.clock import Clock


class Credentials:
    """Behaves as google-auth's credentials, with a state that the test sets."""

    def __init__(self, *failures: Exception) -> None:
        self.token_state = TokenState.INVALID
        self.number = 0
        self.failures = list(failures)
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def refresh(self, request: Any) -> None:
        self.entered.set()
        self.gate.wait(5)
        if self.failures:
            raise self.failures.pop(0)
        self.number += 1
        self.token_state = TokenState.FRESH

    def apply(self, headers: dict[str, str]) -> None:
        headers["authorization"] = f"Bearer {self.number}"


def tokens_of(credentials: Credentials, clock: Clock) -> Tokens:
    return Tokens(lambda: credentials, None, clock=clock)


def test_a_token_serves_until_it_is_stale(clock: Clock) -> None:
    credentials = Credentials()
    tokens = tokens_of(credentials, clock)
    assert [tokens.apply({}) for _ in range(3)] == ["Bearer 1"] * 3
    credentials.token_state = TokenState.STALE
    assert tokens.apply({}) == "Bearer 2"


def test_a_stale_token_goes_on_when_renewing_fails(clock: Clock) -> None:
    credentials = Credentials()
    tokens = tokens_of(credentials, clock)
    tokens.apply({})
    credentials.token_state = TokenState.STALE
    credentials.failures = [RefreshError("down"), RefreshError("still down")]
    assert [tokens.apply({}) for _ in range(5)] == ["Bearer 1"] * 5
    assert len(credentials.failures) == 1, "tried once, then not for a while"
    clock.sleep(11)
    tokens.apply({})
    clock.sleep(11)
    assert tokens.apply({}) == "Bearer 2"


def test_nobody_waits_for_the_thread_that_renews_early(clock: Clock) -> None:
    credentials = Credentials()
    tokens = tokens_of(credentials, clock)
    tokens.apply({})
    credentials.token_state = TokenState.STALE
    credentials.gate.clear()
    credentials.entered.clear()
    renewing = threading.Thread(target=tokens.apply, args=({},))
    renewing.start()
    assert credentials.entered.wait(5)
    assert tokens.apply({}) == "Bearer 1"
    credentials.gate.set()
    renewing.join(5)
    assert tokens.apply({}) == "Bearer 2"


def test_waiting_threads_share_the_failure_of_the_one_that_fetched(clock: Clock) -> None:
    credentials = Credentials(*[RefreshError("down")] * 8)
    credentials.gate.clear()
    tokens = tokens_of(credentials, clock)
    seen: list[GoogleCloudError] = []

    def ask() -> None:
        with pytest.raises(NotAuthenticated) as caught:
            tokens.apply({})
        seen.append(caught.value)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    threads[0].start()
    assert credentials.entered.wait(5)
    for thread in threads[1:]:
        thread.start()
    credentials.gate.set()
    for thread in threads:
        thread.join(5)
    assert len(seen) == 8
    assert len(credentials.failures) >= 1, "not every thread asked again"
    clock.sleep(1)
    credentials.failures.clear()
    assert tokens.apply({}) == "Bearer 1"


def test_a_refused_token_is_renewed_by_one_thread_only(clock: Clock) -> None:
    tokens = tokens_of(Credentials(), clock)
    refused = tokens.apply({})
    tokens.renew(refused=refused)
    tokens.renew(refused=refused)
    assert tokens.apply({}) == "Bearer 2"


def test_credentials_that_are_not_there_are_looked_for_again(clock: Clock) -> None:
    answers: list[Any] = [NotFound("no e-mail"), Credentials()]

    def find() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    tokens = Tokens(find, None, clock=clock)
    with pytest.raises(NotAuthenticated, match="no e-mail"):
        tokens.apply({})
    clock.sleep(1)
    assert tokens.apply({}) == "Bearer 1"


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


BODY = '{"error": {"code": %d, "message": "Why.", "status": "X"}}'


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (RefreshError("Unable", BODY % 403), NotAuthenticated, "Not authenticated: Unable: Why."),
        (RefreshError("Unable", BODY % 404), NotAuthenticated, "Not authenticated: Unable: Why."),
        (RefreshError("Unable", BODY % 503), Unavailable, "No access token: Unable: Why."),
        (RefreshError("Unable", BODY % 429), Unavailable, "No access token: Unable: Why."),
        (RefreshError("Unable", "<html>"), Unavailable, "Unable: HTTP 502 Bad Gateway"),
        (RefreshError("x", {"error": "invalid_grant"}), NotAuthenticated, "x: invalid_grant"),
        (RefreshError("No credentials"), NotAuthenticated, "Not authenticated: No credentials"),
        (
            caused(TransportError("x"), ReadTimeoutError(None, "u", "m")),  # type: ignore[arg-type]  # the pool does not matter
            TimedOut,
            "token service did not answer",
        ),
        (
            caused(RefreshError("x"), caused(TransportError("y"), NewConnectionError(None, "m"))),  # type: ignore[arg-type]  # nor the connection
            Unavailable,
            "token service did not answer",
        ),
        (Unavailable("as it is"), Unavailable, "as it is"),
    ],
)
def test_a_missing_token_is_never_taken_for_an_answer_of_the_api(
    error: Exception, kind: type[GoogleCloudError], text: str
) -> None:
    failure = no_token(error)
    assert type(failure) is kind
    assert text in str(failure)


def test_many_threads_cold_fetch_one_token_of_each_kind(cloud: Cloud, sim: Simulator) -> None:
    barrier = threading.Barrier(16, timeout=5)

    def ask(number: int) -> None:
        barrier.wait()
        if number % 2:
            cloud.resource_manager.get_policy(project_id="shop-prod")
        else:
            cloud.directory.groups_of(member="alice@example.com", customer_id="C0example1")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(sim.calls.google) == 16
    assert len(sim.calls.of("iamcredentials.*")) == 1
    assert len([call for call in sim.calls.of("metadata.*") if call.path.endswith("/token")]) == 2
    sim.calls.clear()
    ask_again = cloud.directory.members_of(group="platform@example.com")
    assert ask_again
    assert len(sim.calls) == 1, "warm: only the call that was requested"


@pytest.mark.parametrize("write", [False, True])
def test_a_token_that_google_revoked_is_replaced_once(
    cloud: Cloud, sim: Simulator, write: bool
) -> None:
    policy = cloud.resource_manager.get_policy(project_id="shop-prod")
    sim.tokens.revoke_all()
    sim.calls.clear()
    if write:
        done = cloud.resource_manager.modify_policy(
            project_id="shop-prod",
            change=lambda old: old | {"bindings": old["bindings"][:-1]},
            reason="test",
            policy=policy,
            deadline=Deadline(30),
        )
        assert done.written
    else:
        cloud.resource_manager.get_policy(project_id="shop-prod")
    assert [call.status for call in sim.calls.google] == [401, 200]
    assert len(sim.calls) == 3


def test_a_token_refused_twice_is_an_error(cloud: Cloud, sim: Simulator) -> None:
    sim.faults.add("cloudresourcemanager.*", status=401, message="Bad token.", times=2)
    with pytest.raises(NotAuthenticated, match="Bad token"):
        cloud.resource_manager.get_policy(project_id="shop-prod")


def test_a_service_account_that_may_not_impersonate_itself_reads_why(
    cloud: Cloud, sim: Simulator
) -> None:
    sim.self_impersonation = False
    with pytest.raises(NotAuthenticated, match=r"iam\.serviceAccounts\.getAccessToken"):
        cloud.directory.groups_of(member="alice@example.com", customer_id="C0example1")
    assert cloud.resource_manager.get_policy(project_id="shop-prod")


def test_googles_regional_boundaries_are_never_looked_up(cloud: Cloud, sim: Simulator) -> None:
    cloud.directory.groups_of(member="alice@example.com", customer_id="C0example1")
    assert not [call for call in sim.calls if "allowedLocations" in call.path]
    assert {call.api for call in sim.calls} == {
        "metadata.get",
        "iamcredentials.generateAccessToken",
        "directory.groups.list",
    }

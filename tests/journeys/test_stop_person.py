"""An administrator stops a person: their access ends, their requests are withdrawn, their calls are refused."""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from activations.evidence.verification import verify
from activations.models import Event, Grant, Request, Stop
from tests.jitaccess.anybody import call
from tests.journeys.approvals import SECURITY, SET, ask, decide, pending_request
from tests.journeys.shop import (
    ACTIVATE,
    COMPUTE,
    PROJECT,
    ROLES,
    activate,
    activation_body,
    activations_of,
)
from tests.ledger.later import reconcile_later
from tests.moments import now

pytestmark = pytest.mark.one_database


PAGE = "/admin/stop-person/"
ALICE = "alice@example.com"
DNS = f"{PROJECT}:roles/dns.admin"
REASON = "Her laptop was stolen"


def stop(person: Any, email: str = ALICE, reason: str = REASON, **more: str) -> Any:
    return person.post(PAGE, {"email": email, "reason": reason} | more)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def bindings(simulated: Any, email: str = ALICE) -> int:
    return sum(
        len(activations_of(simulated.company.policy(project), email, f"roles/{name}.admin"))
        for project in (PROJECT, "data-lake")
        for name in ("compute", "dns")
    )


def states(email: str = ALICE) -> list[str]:
    found = Grant.objects.filter(beneficiary_email=email)
    return sorted(found.values_list("state", flat=True))


@pytest.fixture
def pending_third_role(alice: Any) -> str:
    """Activate two roles for Alice and request a third; return the id of that request."""
    assert activate(alice, COMPUTE, DNS).status_code == 200
    return pending_request(alice)


def test_a_stop_ends_all_access_and_withdraws_requests(
    alice: Any, olga: Any, pending_third_role: str, simulated: Any, caplog: Any
) -> None:
    caplog.set_level(logging.INFO)
    shown = text(olga.get(PAGE, {"email": ALICE}))
    assert "Access (2)" in shown
    assert "Pending requests (1)" in shown
    assert bindings(simulated) == 2
    result = text(stop(olga))
    assert "can no longer use JIT Access. Everything below is done." in result
    assert result.count(">Ended<") == 2
    assert result.count(">Withdrawn<") == 1
    assert bindings(simulated) == 0
    assert states() == ["ended", "ended"]
    assert set(Grant.objects.values_list("end_reason", flat=True)) == {"revoked"}
    assert Request.objects.get(pk=pending_third_role).state == "withdrawn"
    entry = next(one for one in caplog.records if getattr(one, "event", "") == "api.stopPerson")
    assert entry.labels["person"] == ALICE
    assert entry.labels["reason"] == REASON
    event = Event.objects.get(kind="person.stopped")
    assert (event.actor_email, event.beneficiary_email, event.comment) == (
        "olga@example.com",
        ALICE,
        REASON,
    )
    assert verify().problem is None


@pytest.mark.parametrize(
    "path", ["/", "/activity", "/reviews", "/projects", "/admin/", "/no-such-page", PAGE]
)
def test_pages_say_since_when_why_and_whom_to_contact(alice: Any, olga: Any, path: str) -> None:
    alice.get("/activity")
    stop(olga)
    answer = alice.get(path)
    assert answer.status_code == 403
    for words in ("An administrator stopped your access", REASON, "Ask olga@example.com"):
        assert words in text(answer)
    assert f"{now():%Y-%m-%d}" in text(answer)


def test_the_api_says_since_when_why_and_whom_to_contact(
    alice: Any, bob: Any, olga: Any, pending_third_role: str
) -> None:
    grant = Grant.objects.order_by("role")[0]
    stop(olga)
    answers = [
        alice.api_get("/api/policy"),
        alice.api_get(ROLES),
        activate(alice),
        ask(alice),
        decide(alice, pending_third_role, "withdraw"),
        alice.api_post(f"/api/grants/{grant.pk}/extend", {}),
        alice.api_post(f"/api/grants/{grant.pk}/end", {}),
        alice.api_get("/api/openapi.json"),
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert "Ask olga@example.com" in answer.json()["message"]
        assert REASON in answer.json()["message"]
    late = decide(bob, pending_third_role, "approve")
    assert late.status_code == 409
    assert "olga@example.com withdrew this request" in late.json()["message"]


def test_a_stopped_reviewer_can_neither_decide_nor_be_chosen(
    alice: Any, bob: Any, olga: Any
) -> None:
    request_id = pending_request(alice)
    bob.get("/reviews")
    stop(olga, "bob@example.com")
    assert decide(bob, request_id, "approve").status_code == 403
    assert decide(bob, request_id, "decline", "no").status_code == 403
    peers = alice.api_get(f"/api/projects/{PROJECT}/peers", id=SECURITY).json()["peers"]
    assert peers == [{"email": "carol@example.com"}]
    decide(alice, request_id, "withdraw")
    refused = ask(alice, "bob@example.com")
    assert refused.status_code == 400
    assert "bob@example.com cannot review at the moment" in refused.json()["message"]


def test_lifting_a_stop_unblocks_the_person_and_restores_no_access(
    alice: Any, olga: Any, pending_third_role: str, simulated: Any
) -> None:
    stop(olga)
    page = olga.post(PAGE, {"email": ALICE, "reason": "New laptop", "action": "resume"})
    assert page.status_code == 302
    assert "The stop was lifted" in text(olga.get(page["Location"]))
    assert alice.api_get("/api/policy").status_code == 200
    assert bindings(simulated) == 0
    assert activate(alice).status_code == 200
    event = Event.objects.get(kind="person.resumed")
    assert (event.actor_email, event.comment) == ("olga@example.com", "New laptop")
    again = olga.post(PAGE, {"email": ALICE, "reason": "x", "action": "resume"})
    assert again.status_code == 409
    assert "is not stopped" in text(again)


@pytest.mark.parametrize("who", ["audrey", "bob", "charlie", "alice"])
def test_only_administrators_may_stop_people(request: Any, who: str, simulated: Any) -> None:
    person = request.getfixturevalue(who)
    assert person.get(PAGE).status_code == 403
    assert person.get(PAGE, {"email": ALICE}).status_code == 403
    assert stop(person, "erin@example.com").status_code == 403
    assert stop(person, "erin@example.com", action="resume").status_code == 403
    assert not Stop.objects.exists()
    assert "Stop a person" not in text(person.get("/admin/"))


def test_only_administrators_see_the_button(alice: Any, audrey: Any, olga: Any) -> None:
    activate(alice)
    grant = Grant.objects.get()
    for path in (f"grant/{grant.pk}", f"request/{grant.request_id}"):
        record = f"/admin/activations/{path}/change/"
        assert f"Stop {ALICE}" in text(olga.get(record))
        assert f"Stop {ALICE}" not in text(audrey.get(record))
    assert "Stop a person" in text(olga.get("/admin/"))


def test_administrators_cannot_stop_themselves(olga: Any) -> None:
    for spelling in ("olga@example.com", " OLGA@example.com "):
        answer = stop(olga, spelling)
        assert answer.status_code == 400
        assert "You cannot stop yourself" in text(answer)
    assert olga.get(PAGE).status_code == 200


def test_another_administrator_can_be_stopped_and_the_page_warns(olga: Any, settings: Any) -> None:
    settings.ADMINISTRATORS = ("user:olga@example.com", "user:otto@example.com")
    assert "otto@example.com is an administrator" in text(
        olga.get(PAGE, {"email": "otto@example.com"})
    )
    assert stop(olga, "otto@example.com").status_code == 200


@pytest.mark.parametrize(
    ("email", "reason", "words"),
    [
        ("", REASON, "Enter the e-mail address"),
        ("alice", REASON, "Enter the e-mail address"),
        ("a@b, c@d", REASON, "Enter the e-mail address"),
        ("a@b\nc@d", REASON, "Enter the e-mail address"),
        ("a\x00@example.com", REASON, "Enter the e-mail address"),
        ("ä@example.com", REASON, "Enter the e-mail address"),
        ("x" * 300 + "@example.com", REASON, "too long"),
        (ALICE, "", "Enter a reason"),
        (ALICE, "  ", "Enter a reason"),
        (ALICE, "x" * 1001, "at most 1000"),
        (ALICE, "a\x00b", "control characters"),
    ],
)
def test_the_page_names_missing_and_invalid_fields(
    olga: Any, email: str, reason: str, words: str
) -> None:
    answer = stop(olga, email, reason)
    assert answer.status_code == 400
    assert words in text(answer)
    assert not Stop.objects.exists()


def test_an_address_that_never_signed_in_can_be_stopped(person: Any, olga: Any) -> None:
    assert "has never used JIT Access" in text(olga.get(PAGE, {"email": "erin@example.com"}))
    assert "no access to end" in text(stop(olga, "Erin@example.com"))
    erin = person("erin@example.com")
    assert erin.api_get("/api/policy").status_code == 403
    assert erin.api_get("/api/policy").status_code == 403
    assert Stop.objects.get(user__email="erin@example.com").lifted_at is None
    assert Event.objects.filter(kind="person.stopped").count() == 1


def test_a_stop_follows_the_person_and_does_not_affect_the_next_owner_of_the_address(
    simulated: Any, olga: Any
) -> None:
    def api(email: str, sub: str) -> int:
        status: int = call(simulated.assertion(email, sub=f"accounts.google.com:{sub}")).status_code
        return status

    assert api(ALICE, "1") == 200
    stop(olga)
    assert api("alicia@example.com", "1") == 403
    assert api(ALICE, "2") == 200
    assert api(ALICE, "1") == 403
    assert "alicia" not in text(olga.get(PAGE))


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 403, "message": "Denied by organization policy"},
        {"status": 429, "message": "Quota exceeded"},
        {"close": "before"},
    ],
    ids=["denied", "quota", "no answer"],
)
def test_an_end_that_google_refuses_is_shown_and_tried_again(
    alice: Any,
    olga: Any,
    pending_third_role: str,
    simulated: Any,
    no_retry_delay: Any,
    fault: dict[str, Any],
) -> None:
    jit = "has({}.jitAccessConstraint)"
    simulated.company.bind("data-lake", "roles/dns.admin", f"user:{ALICE}", jit)
    path = ACTIVATE.replace(PROJECT, "data-lake")
    assert alice.api_post(path, activation_body("data-lake:roles/dns.admin")).status_code == 200
    only_there = {"when": lambda call: "data-lake" in call.path, "times": 100}
    simulated.faults.add(SET, **fault, **only_there)
    result = text(stop(olga))
    assert "1 of 4 not done yet" in result
    assert "The end is recorded and tried again" in result or "It will be tried again" in result
    assert result.count(">Ended<") == 2
    assert alice.get("/").status_code == 403
    assert bindings(simulated) == 1
    simulated.faults.clear()
    reconcile_later()
    assert bindings(simulated) == 0
    assert states() == ["ended"] * 3


def test_repeating_a_stop_continues_it_and_records_it_once(
    alice: Any, olga: Any, pending_third_role: str, simulated: Any
) -> None:
    simulated.faults.add(SET, status=403, message="not now", times=1)
    assert "1 of 3 not done yet" in text(stop(olga))
    assert "End the rest now" in text(olga.get(PAGE, {"email": ALICE}))
    assert "Everything below is done" in text(stop(olga, reason="once more"))
    assert bindings(simulated) == 0
    assert Event.objects.filter(kind="person.stopped").count() == 1
    assert Stop.objects.get().reason == REASON


def test_the_command_stops_a_person(alice: Any, pending_third_role: str, simulated: Any) -> None:
    out = io.StringIO()
    call_command("stop_person", ALICE, "--reason", REASON, stdout=out)
    assert out.getvalue().startswith(f"{ALICE} is stopped.\n")
    assert out.getvalue().count("Ended") == 2
    assert bindings(simulated) == 0
    event = Event.objects.get(kind="person.stopped")
    assert event.actor_email.startswith("command line (")
    assert event.details["channel"] == "command"
    assert "Ask your administrator" in alice.api_get("/api/policy").json()["message"]
    call_command("stop_person", ALICE, "--undo", "--reason", "found it", stdout=out)
    assert alice.api_get("/api/policy").status_code == 200
    with pytest.raises(CommandError, match="is not stopped"):
        call_command("stop_person", ALICE, "--undo", "--reason", "again")


def test_the_command_fails_when_access_is_left(
    alice: Any, pending_third_role: str, simulated: Any
) -> None:
    simulated.faults.add(SET, status=403, message="not now", times=1)
    with pytest.raises(CommandError, match="Not everything has ended yet"):
        call_command("stop_person", ALICE, "--reason", REASON, stdout=io.StringIO())
    for wrong in (("alice", REASON), (ALICE, " ")):
        with pytest.raises(CommandError, match="Enter"):
            call_command("stop_person", wrong[0], "--reason", wrong[1])


def test_a_stop_ends_access_that_the_original_granted_when_it_is_adopted(
    bob: Any, olga: Any, simulated: Any
) -> None:
    bob.get("/activity")
    stop(olga, "bob@example.com")
    assert bindings(simulated, "bob@example.com") > 0
    for minutes in (2, 4, 6):
        reconcile_later(timedelta(minutes=minutes))
    assert not activations_of(
        simulated.company.policy(PROJECT), "bob@example.com", "roles/compute.admin"
    )

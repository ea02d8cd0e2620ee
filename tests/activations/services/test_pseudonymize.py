"""What prevents that names are replaced, and changes of the evidence that it must not hide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from activations.domain.caller import Caller
from activations.domain.states import DeliveryState, GrantState
from activations.evidence.pseudonymized import CHANGED
from activations.evidence.pseudonymizing import NotPseudonymized
from activations.evidence.recording import Step, record, recording
from activations.evidence.triggers import faults
from activations.evidence.verification import verify
from activations.models import (
    Absence,
    Address,
    AfterReview,
    AuditChange,
    AuditEntry,
    AuditFinding,
    AuditSource,
    BulkDecision,
    Event,
    EvidencePack,
    Favorite,
    OutboxMessage,
    Reviewer,
    Stop,
    User,
)
from activations.people.names import names_of
from activations.services.pseudonymize import preview, pseudonymize
from activations.services.pseudonymize_obstacles import obstacles_of
from certification.evidence.imports import take_in_existing_campaigns
from certification.models import Campaign, CampaignReviewer
from certification.services.named import campaigns_that_need
from policies import triggers as policies
from policies.models import PolicyProposal, PolicyVersion
from tests.activations.evidence.chains import problem, tamper
from tests.activations.rows import ALICE as CALLER
from tests.activations.rows import NOON, grant, request, user
from tests.activations.traces import traces

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

OLGA = Caller(email="olga@example.com", subject="accounts.google.com:2")
ALICE, BOB = "alice@example.com", "bob@example.com"
LATER = NOON + timedelta(hours=1)


def pending(of: str = ALICE) -> Any:
    facts: dict[str, Any] = {
        "state": "pending",
        "activation_type": "MPA",
        "role": "roles/x",
        "role_key": "x",
    }
    return request(of=user(of), expires_at=LATER, **facts)


def asked() -> None:
    Reviewer.objects.create(request=pending(BOB), email=ALICE, part="peer", asked_at=NOON)


def asked_afterwards() -> None:
    made = request(of=user(BOB), break_glass=True)
    AfterReview.objects.create(request=made, opened_at=NOON, due_at=LATER, asked=[ALICE, BOB])


def bound() -> None:
    grant(request(), GrantState.ENDED, end_time=LATER)


def ended_just_now() -> None:
    AuditSource.objects.create(name="projects/shop-prod", is_view=False, first_from=NOON)
    grant(request(), GrantState.ENDED, ended_at=NOON, removed_at=NOON)


def absent(email: str, deputy: str) -> Callable[[], None]:
    times = {"starts_at": NOON, "ends_at": LATER + timedelta(days=1), "named_at": NOON}
    return lambda: Absence.objects.create(
        user=user(email), email=email, deputy_email=deputy, **times
    )  # type: ignore[return-value]


def named_by_a_policy() -> None:
    facts = {"author_email": BOB, "created_at": NOON, "sha256": "0" * 64}
    version = PolicyVersion.objects.create(text=f"approvers: [user:{ALICE}]", **facts)
    PolicyProposal.objects.create(version=version, proposed_at=NOON, proposed_by_email=BOB)


def reviews_in_a_campaign() -> None:
    times = {"created_at": NOON, "due_at": LATER, "base_url": "https://jit"}
    campaign = Campaign.objects.create(name="Autumn", created_by=BOB, **times)
    CampaignReviewer.objects.create(campaign=campaign, principal=f"user:{ALICE}")


OBSTACLES: dict[str, tuple[Callable[[], Any], str]] = {
    "active": (lambda: request(GrantState.ACTIVE), "1 grants are active or scheduled"),
    "scheduled": (lambda: request(GrantState.SCHEDULED), "1 grants are active or scheduled"),
    "pending": (pending, "1 requests are pending"),
    "asked": (asked, "asked to review 1 pending requests"),
    "an after-review": (asked_afterwards, "1 after-reviews"),
    "a binding": (bound, "may still be in IAM on shop-prod"),
    "not compared": (ended_just_now, "Wait a day"),
    "stopped": (
        lambda: Stop.objects.create(email=ALICE, reason="x", stopped_at=NOON, stopped_by=BOB),
        "the stop would end",
    ),
    "absent": (absent(ALICE, BOB), "End the absence"),
    "a deputy": (absent(BOB, ALICE), "End the absence"),
    "a message": (
        lambda: OutboxMessage.objects.create(
            kind="x",
            channel="mail",
            recipients={"to": [ALICE]},
            state=DeliveryState.WAITING,
            created_at=NOON,
            next_attempt_at=NOON,
        ),
        "1 messages",
    ),
    "a pack": (
        lambda: EvidencePack.objects.create(
            first_day=date(2030, 1, 1), last_day=date(2030, 1, 2), ordered_at=NOON, ordered_by=BOB
        ),
        "An evidence pack is being made",
    ),
    "a bulk decision": (
        lambda: BulkDecision.objects.create(
            user=user(), email=ALICE, verb="approve", base_url="", made_at=NOON, active_at=NOON
        ),
        "Wait ten minutes",
    ),
    "a policy": (named_by_a_policy, "The access policy that is active or proposed names them"),
    "a campaign": (reviews_in_a_campaign, "The access review 'Autumn' names them"),
}


@pytest.mark.parametrize("name", OBSTACLES)
def test_what_is_not_over_yet_prevents_it(name: str) -> None:
    create, expected = OBSTACLES[name]
    user()
    create()
    names = names_of(ALICE)
    found = [*obstacles_of(names, now=NOON + timedelta(minutes=5)), *campaigns_that_need(names)]
    assert len(found) == 1
    assert expected in found[0]
    assert obstacles_of(names_of("carol@example.com"), now=NOON) == (
        [found[0]] if name == "a pack" else []
    )


def test_an_address_of_two_accounts_is_refused_and_a_pseudonym_too() -> None:
    for subject in ("1", "2"):
        Address.objects.create(
            person=user(f"{subject}@example.com"),
            email=ALICE,
            since=NOON,
            until=LATER,
            asserted_at=NOON,
        )
    with pytest.raises(CommandError, match="belonged to more than one account"):
        call_command("pseudonymize", ALICE)
    with pytest.raises(CommandError, match="is a pseudonym"):
        call_command("pseudonymize", "removed-1@removed.invalid")


def rows_of_all_kinds(alice: User) -> None:
    """Rows of tables that journeys rarely fill, all of which name Alice."""
    said, when = f"said {ALICE}", {"starts_at": NOON, "ends_at": LATER, "named_at": NOON}
    Favorite.objects.create(user=alice, role_id="x", role_key="x")
    Absence.objects.create(user=alice, email=ALICE, deputy_email=BOB, ended_at=NOON, **when)
    lifted = {"lifted_at": NOON, "lifted_by": ALICE}
    Stop.objects.create(email=ALICE, reason=said, stopped_at=NOON, stopped_by=ALICE, **lifted)
    sent = {"channel": "mail", "state": DeliveryState.DELIVERED, "created_at": NOON}
    OutboxMessage.objects.create(
        kind="x", recipients={"to": [ALICE]}, payload={ALICE: said}, **sent
    )
    entry = AuditEntry.objects.create(
        key="k", at=NOON, read_at=NOON, resource="r", principal=ALICE, reason=said, is_ours=False
    )
    change = {"position": 1, "kind": "activation", "is_added": True, "role": "r"}
    AuditChange.objects.create(entry=entry, member=f"user:{ALICE}", **change)
    AuditFinding.objects.create(
        key="f", kind="touched", resource="r", principal=ALICE, words=said, found_at=NOON
    )
    version = PolicyVersion.objects.create(
        text=said, author_email=ALICE, created_at=NOON, sha256="0" * 64
    )
    decided = {"decided_at": NOON, "decided_by_email": ALICE, "decision_comment": said}
    PolicyProposal.objects.create(
        version=version, state="REJECTED", proposed_at=NOON, proposed_by_email=ALICE, **decided
    )
    campaign = Campaign.objects.create(
        name="Autumn",
        created_by=ALICE,
        created_at=NOON.replace(year=2020),  # the import below has the time of the test's computer
        due_at=LATER,
        state="closed",
        closed_by=ALICE,
        closed_at=NOON,
        snapshot="0" * 32,
        opened_at=NOON,
        indexed_at=NOON,
    )
    reviewer = CampaignReviewer.objects.create(campaign=campaign, principal=f"user:{ALICE}")
    reviewer.addresses.create(email=ALICE)
    item = {"role": "r", "node": "projects/p", "activation_type": "JIT", "expression": "true"}
    item |= {"member": f"user:{ALICE}", "comment": said, "decision": "keep", "decided_by": BOB}
    campaign.items.create(number=1, reviewer=reviewer, decided_at=NOON, version=1, **item)
    take_in_existing_campaigns(apps)


def test_rows_of_all_kinds_are_replaced_except_texts_of_access_policies(db: None) -> None:
    rows_of_all_kinds(user())
    found = preview(email=ALICE, now=LATER)
    assert any("The text of access policy 000000000000" in remains for remains in found.remains)
    pseudonymize(found=found, comment="", operator=CALLER, now=LATER)
    assert sorted(traces(ALICE)) == [
        f"activations_event.actor_email: {ALICE}",  # the operator of this test
        f"policies_policyversion.text: said {ALICE}",
    ]
    assert not Favorite.objects.exists()
    assert (faults(connection), policies.faults(connection)) == ([], [])
    assert verify().holds


def test_a_former_address_gets_a_pseudonym_of_its_own(db: None) -> None:
    former = "al@example.com"
    Address.objects.create(person=user(), email=former, since=NOON, until=LATER, asserted_at=NOON)
    with recording():
        record(Step(kind="person.stopped", at=NOON, person=former, comment=f"now {ALICE}"))
    found = preview(email=former, now=LATER)
    pseudonymize(found=found, comment="", operator=OLGA, now=LATER)
    assert traces(former, ALICE) == []
    event = Event.objects.get(kind="person.stopped")
    assert event.comment == f"now {User.objects.get().email}"
    assert event.beneficiary_email == Address.objects.get().email != User.objects.get().email
    assert verify().holds


@pytest.fixture
def three_events() -> None:
    """Bob is named by the first and third of three events."""
    with recording():
        for person in (BOB, "carol@example.com", BOB):
            record(Step(kind="person.stopped", at=NOON, person=person, actor=CALLER))


def replace_bob() -> Event:
    found = preview(email=BOB, now=LATER)
    return pseudonymize(found=found, comment="", operator=CALLER, now=LATER)


FORGERIES = {
    "the content": "UPDATE activations_event SET comment = 'x' WHERE sequence = 3",
    "the reference": "UPDATE activations_event SET pseudonymized_by = 5 WHERE sequence = 3",
    "no reference": "UPDATE activations_event SET pseudonymized_by = NULL WHERE sequence = 3",
    "another event": "UPDATE activations_event SET comment = 'x', pseudonymized_by = 4 WHERE sequence = 3",
    "the record": "UPDATE activations_event SET details = '{\"events\": {}}' WHERE sequence = 4",
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=list(FORGERIES))
def test_a_later_change_of_a_pseudonymized_event_is_found(three_events: None, forgery: str) -> None:
    replace_bob()
    assert (Event.objects.get(kind=CHANGED).sequence, verify().pseudonymized) == (4, 2)
    tamper(forgery)
    number = 1 if "sequence = 4" in forgery else 3
    assert problem().startswith(f"Event {number} was changed")


def test_an_event_that_was_changed_before_is_never_covered_up(three_events: None) -> None:
    tamper("UPDATE activations_event SET comment = 'forged' WHERE sequence = 3")
    call_command("migrate", verbosity=0)
    with pytest.raises(NotPseudonymized, match="event 3 was changed"):
        replace_bob()


def test_an_event_about_the_person_meanwhile_prevents_it(three_events: None) -> None:
    found = preview(email=BOB, now=LATER)
    with recording():
        record(Step(kind="person.stopped", at=NOON, person=BOB, actor=CALLER))
    with pytest.raises(NotPseudonymized, match="Event 4 was recorded meanwhile"):
        pseudonymize(found=found, comment="", operator=CALLER, now=LATER)
    assert replace_bob().sequence == 6
    assert verify().holds

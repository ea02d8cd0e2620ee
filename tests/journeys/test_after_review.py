"""Break-glass access is judged once, by somebody whom the rule names and who did not use it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import Error, transaction

from activations.models import AfterReview, Event
from activations.notifications.mail_texts import mail_texts
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import PersonClient
from tests.journeys.glass import RULE, judge, mails, received, sent, used_glass
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import activate
from tests.journeys.test_at_the_same_moment import all_at_once
from tests.journeys.test_reconciler import run
from tests.moments import now
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database

__all__ = ["mails", "policy"]

GROUPS = "directory.groups.list"
MEMBERS = "directory.members.list"
REVIEWED_BY_TWO = RULE.replace("jit-reviewers@", "payments-approvers@")


@pytest.fixture
def maria(person: Callable[[str], PersonClient]) -> PersonClient:
    return person("maria@example.com")


@pytest.fixture
def used(alice: PersonClient, policy: Activate) -> str:
    """Alice used break glass, and Maria may judge it."""
    policy(RULE)
    return used_glass(alice)


def test_a_reviewer_judges_with_a_comment(
    maria: PersonClient, alice: PersonClient, used: str
) -> None:
    answer = judge(maria, used, "not_justified", " Bob was on call ")
    assert answer.status_code == 200
    assert answer.json()["afterReview"]["state"] == "not_justified"
    seen = alice.api_get(f"/api/requests/{used}").json()["afterReview"]
    assert seen["reviewer"] == {"email": "maria@example.com"}
    assert seen["comment"] == "Bob was on call"
    assert seen["judgedAt"]
    event = Event.objects.get(kind="after_review.judged")
    assert (event.was, event.became, event.comment) == ("open", "not_justified", "Bob was on call")
    assert differences() == []


@pytest.mark.parametrize(
    ("verdict", "comment", "message"),
    [
        ("justified", "  ", "Explain your verdict in a comment"),
        ("open", "It was down", "The verdict must be justified or not_justified"),
        ("", "It was down", "The verdict must be justified or not_justified"),
        ("justified", "x" * 1001, "The comment must have at most 1000 characters"),
    ],
)
def test_incomplete_verdicts_are_refused(
    maria: PersonClient, used: str, verdict: str, comment: str, message: str
) -> None:
    answer = judge(maria, used, verdict, comment)
    assert (answer.status_code, answer.json()["message"]) == (400, message)
    assert AfterReview.objects.get().state == "open"


def test_nobody_judges_their_own_access(
    alice: PersonClient, bob: PersonClient, policy: Activate
) -> None:
    policy(RULE.replace("jit-reviewers@", "platform-oncall@"))
    request_id = used_glass(alice)
    refused = judge(alice, request_id)
    assert refused.status_code == 403
    assert refused.json()["message"] == "You cannot review your own break-glass access"
    assert judge(bob, request_id).status_code == 200


def test_people_who_were_only_told_see_it_and_cannot_judge_it(bob: PersonClient, used: str) -> None:
    assert bob.api_get(f"/api/requests/{used}").status_code == 200
    assert judge(bob, used).status_code == 403


def test_charlie_sees_nothing(charlie: PersonClient, used: str) -> None:
    assert charlie.api_get(f"/api/requests/{used}").status_code == 404
    assert charlie.get(f"/requests/{used}").status_code == 404
    assert judge(charlie, used).status_code == 404


def test_groups_are_read_when_somebody_judges(
    charlie: PersonClient,
    maria: PersonClient,
    used: str,
    simulated: Simulator,
    no_retry_delay: None,
) -> None:
    simulated.faults.add(GROUPS, status=503, times=None)
    assert judge(maria, used).status_code == 503
    simulated.faults.clear()
    simulated.company.join("jit-reviewers@example.com", "charlie@example.com")
    assert judge(charlie, used).status_code == 200


def test_the_rule_that_granted_the_access_says_who_judges(
    maria: PersonClient, used: str, policy: Activate
) -> None:
    policy("name: other, when: {projects: [shop-prod]}")
    assert judge(maria, used).status_code == 200


def test_the_second_verdict_names_who_gave_the_first(
    alice: PersonClient, bob: PersonClient, carol: PersonClient, policy: Activate
) -> None:
    policy(REVIEWED_BY_TWO)
    request_id = used_glass(alice)
    assert judge(bob, request_id).status_code == 200
    assert judge(bob, request_id).status_code == 200
    for person, verdict in ((carol, "justified"), (bob, "not_justified")):
        answer = judge(person, request_id, verdict)
        assert answer.status_code == 409
        assert answer.json()["message"].startswith(
            "bob@example.com judged this access as justified"
        )
    assert Event.objects.filter(kind="after_review.judged").count() == 1


def test_only_access_with_break_glass_has_an_after_review(
    alice: PersonClient, policy: Activate
) -> None:
    policy(RULE)
    answer = activate(alice)
    assert answer.json()["afterReview"] is None
    assert judge(alice, answer.json()["requestId"]).status_code == 404


def test_a_judged_review_cannot_be_changed(maria: PersonClient, used: str) -> None:
    judge(maria, used)
    changes: list[dict[str, Any]] = [{"state": "open"}, {"comment": "No"}, {"asked": []}]
    for values in changes:
        with pytest.raises(Error), transaction.atomic():
            AfterReview.objects.update(**values)


def test_a_forged_verdict_is_found(maria: PersonClient, used: str) -> None:
    judge(maria, used, "not_justified")
    rewrite(AfterReview.objects, state="justified")
    (found,) = differences()
    assert (found.table, found.field) == ("after_review", "state")
    assert str(found).startswith("After-review ")


@pytest.mark.postgresql
def test_two_verdicts_at_the_same_moment_record_one(
    simulated: Simulator, transactional_db: None, policy: Activate
) -> None:
    alice, bob, carol = (
        PersonClient(simulated, f"{name}@example.com") for name in ("alice", "bob", "carol")
    )
    policy(REVIEWED_BY_TWO)
    request_id = used_glass(alice)
    answers = all_at_once(
        lambda: judge(bob, request_id),
        lambda: judge(carol, request_id, "not_justified"),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert Event.objects.filter(kind="after_review.judged").count() == 1
    assert differences() == []


class TestOverdue:
    """Those who may judge are told daily until somebody does."""

    @pytest.fixture(autouse=True)
    def _overdue(self, mails: None, used: str) -> None:
        rewrite(AfterReview.objects, due_at=now() - timedelta(minutes=1))

    def test_reviewers_are_told_once_a_day(self, maria: PersonClient, used: str) -> None:
        run()
        run()
        assert received("AfterReviewDue") == {"maria@example.com"}
        assert len(sent("AfterReviewDue")) == len(sent("AfterReviewDue", "pubsub")) == 1
        rewrite(AfterReview.objects, told_at=now() - timedelta(days=1, minutes=1))
        run()
        assert len(sent("AfterReviewDue")) == 2
        assert judge(maria, used).status_code == 200
        rewrite(AfterReview.objects, told_at=now() - timedelta(days=1, minutes=1))
        run()
        assert len(sent("AfterReviewDue")) == 2

    def test_present_members_are_told(self, simulated: Simulator) -> None:
        simulated.company.leave("jit-reviewers@example.com", "maria@example.com")
        simulated.company.join("jit-reviewers@example.com", "grace@example.com")
        run()
        assert received("AfterReviewDue") == {"grace@example.com"}

    def test_a_failure_of_google_only_delays_it(
        self, simulated: Simulator, no_retry_delay: None
    ) -> None:
        simulated.faults.add(MEMBERS, status=503, times=None)
        run()
        assert not sent("AfterReviewDue")
        simulated.faults.clear()
        run()
        assert received("AfterReviewDue") == {"maria@example.com"}

    def test_those_asked_at_first_are_told_when_the_group_is_deleted(
        self, simulated: Simulator
    ) -> None:
        simulated.faults.add(MEMBERS, status=404, times=None)
        run()
        assert received("AfterReviewDue") == {"maria@example.com"}

    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            ("BreakGlassUsed", "alice@example.com used break glass on project shop-prod"),
            ("AfterReviewDue", "Review the break-glass access of alice@example.com to project"),
        ],
    )
    def test_mails_say_what_to_review(self, used: str, kind: str, words: str) -> None:
        run()
        (message,) = sent(kind)
        assert message.payload["subject"].startswith(words)
        texts = mail_texts(message, UTC)
        for text in (texts.html, texts.text):
            for part in (words, "roles/iam.securityAdmin", f"/requests/{used}", "Start"):
                assert part in text
            assert "through another request" not in text

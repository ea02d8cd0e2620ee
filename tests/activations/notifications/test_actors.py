"""Mails and messages name who ended access or withdrew a request, and why."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from activations.iam.dependencies import current_dependencies
from activations.models import Grant
from activations.notifications.delivery import deliver_due
from activations.reconciliation.run import reconcile
from googlecloud.calls import Deadline
from simulator import Simulator
from tests.activations.admin.queue import choose
from tests.activations.admin.reading import GRANTS
from tests.activations.notifications.smtp_server import SmtpServer
from tests.conftest import PersonClient
from tests.journeys.approvals import SET, decide, pending_request
from tests.journeys.shop import PROJECT, activate
from tests.moments import now
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database


LONG_AGO = timedelta(minutes=5)


def last_mail(smtp: SmtpServer) -> str:
    assert deliver_due(clock=now).delivered
    part = smtp.mails[-1].get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def pubsub_message(simulated: Simulator, topic: str, kind: str) -> dict[str, Any]:
    """Return the Pub/Sub message of this kind."""
    deliver_due(clock=now)
    messages = [json.loads(message.data) for message in simulated.company.topics.messages(topic)]
    (found,) = [message["attributes"] for message in messages if message["type"] == kind]
    return dict(found)


def reconcile_now() -> None:
    reconcile(
        dependencies=current_dependencies(),
        scope="organizations/7",
        deadline=Deadline(60),
        projects=[PROJECT],
    )


def revoke(olga: PersonClient, why: str) -> None:
    chosen = Grant.objects.get(beneficiary_email="alice@example.com")
    sent = {"confirmed": "yes", "comment": why}
    assert choose(olga, "take_access_away", chosen, address=GRANTS, **sent).status_code == 200


def test_a_person_whose_access_is_revoked_reads_by_whom_and_why(
    alice: PersonClient, olga: PersonClient, smtp: SmtpServer
) -> None:
    activate(alice)
    revoke(olga, "The incident is over")
    mail = last_mail(smtp)
    assert "olga@example.com revoked the access" in mail
    assert "> The incident is over" in mail


def test_the_mail_names_the_administrator_when_google_ends_access_later(
    alice: PersonClient, olga: PersonClient, smtp: SmtpServer, simulated: Simulator
) -> None:
    activate(alice)
    simulated.faults.add(SET, status=403, times=1)
    revoke(olga, "The incident is over")
    rewrite(Grant.objects, ending_asked_at=now() - LONG_AGO)
    reconcile_now()
    mail = last_mail(smtp)
    assert "olga@example.com revoked the access" in mail
    assert "> The incident is over" in mail


def test_the_mail_names_the_administrator_when_the_holder_tried_to_end_access_before(
    alice: PersonClient, olga: PersonClient, smtp: SmtpServer, simulated: Simulator
) -> None:
    activate(alice)
    simulated.faults.add(SET, status=403, times=2)
    alice.api_post(f"/api/grants/{Grant.objects.get().pk}/end", {"reason": "done early"})
    revoke(olga, "The incident is over")
    rewrite(Grant.objects, ending_asked_at=now() - LONG_AGO)
    reconcile_now()
    mail = last_mail(smtp)
    assert "olga@example.com revoked the access" in mail
    assert "> The incident is over" in mail


def test_the_mail_names_the_holder_who_ended_access_with_the_reason(
    alice: PersonClient, simulated: Simulator, topic: str
) -> None:
    activate(alice)
    alice.api_post(f"/api/grants/{Grant.objects.get().pk}/end", {"reason": "done early"})
    said = pubsub_message(simulated, topic, "AccessEnded")
    assert (said["actor"], said["comment"]) == ("alice@example.com", "done early")
    assert said["end_reason"] == "ended by holder"


def test_reviewers_read_why_a_request_was_withdrawn(alice: PersonClient, smtp: SmtpServer) -> None:
    decide(alice, pending_request(alice), "withdraw", "Found another way")
    assert "> Found another way" in last_mail(smtp)


@pytest.mark.usefixtures("no_retry_delay")
def test_the_mail_of_an_approval_failed_by_the_reconciler_gives_the_reason(
    alice: PersonClient, bob: PersonClient, simulated: Simulator, topic: str
) -> None:
    request_id = pending_request(alice)
    simulated.faults.add(SET, status=503, times=None)
    assert decide(bob, request_id, "approve").status_code == 504
    simulated.faults.clear()
    grant = Grant.objects.get()
    rewrite(
        Grant.objects,
        start_time=grant.start_time - timedelta(hours=3),
        end_time=grant.end_time - timedelta(hours=3),
    )
    reconcile_now()
    said = pubsub_message(simulated, topic, "ActivationFailed")
    assert said["failure"] == Grant.objects.get(pk=grant.pk).failure
    assert "Google confirmed the activation" in said["failure"]

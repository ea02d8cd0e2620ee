"""Mails say when access ends with the eligibility; without such a clause they do not change."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from activations.domain.states import Decision
from activations.models import OutboxMessage
from activations.notifications.announce import announce
from activations.notifications.delivery import deliver_due
from activations.notifications.kinds import Announcement
from simulator import Simulator
from tests.activations.notifications.rows import NOW, Clock, grant, jit_request, mpa_request, review
from tests.activations.notifications.smtp_server import SmtpServer
from tests.activations.notifications.test_mail import ask, text_of
from tests.activations.notifications.test_topic import published

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

CUT = NOW + timedelta(minutes=20)


def before(end: datetime) -> str:
    return f'request.time < timestamp("{end:%Y-%m-%dT%H:%M:%SZ}")'


@pytest.mark.parametrize("rest", ["", ' && resource.name == "x"'])
def test_a_mail_says_when_eligibility_ends(smtp: SmtpServer, clock: Clock, rest: str) -> None:
    request = mpa_request(condition=before(CUT) + rest)
    asking = ask(smtp, clock, request)
    said = review(request, Decision.APPROVED)
    granted = grant(request, end_time=CUT)
    announce(Announcement.APPROVED, request=request, now=NOW, grants=[granted], review=said)
    deliver_due(clock=clock)
    for mail in (asking, smtp.mails[-1]):
        assert "Eligibility ends: Mon, 2 Mar 2026 09:50:00 GMT" in text_of(mail, "plain")
        html = text_of(mail, "html")
        assert "Eligibility ends</th>" in html
        assert "Mon, 2 Mar 2026 09:50:00 GMT. Access ends no later than this" in html


@pytest.mark.parametrize(
    "condition",
    ["", 'resource.name == "x"', before(NOW + timedelta(hours=9)), f"a || {before(CUT)}"],
    ids=["none", "no time", "later", "only perhaps"],
)
def test_a_mail_about_a_role_without_an_end_does_not_mention_eligibility(
    smtp: SmtpServer, clock: Clock, condition: str
) -> None:
    mail = ask(smtp, clock, mpa_request(condition=condition))
    assert "Eligibility" not in text_of(mail, "plain") + text_of(mail, "html")
    payload = OutboxMessage.objects.get().payload["properties"]
    assert payload["end_time"] == "2026-03-02T10:30:00Z"


@pytest.mark.parametrize("condition", ["", before(CUT)], ids=["none", "cut"])
def test_messages_have_the_original_keys(
    topic: str, simulated: Simulator, clock: Clock, condition: str
) -> None:
    request = jit_request()
    granted = grant(request, resource_condition=condition)
    announce(Announcement.SELF_APPROVED, request=request, now=NOW, grants=[granted])
    deliver_due(clock=clock)
    said = published(simulated, topic)["attributes"]
    assert set(said) == {
        *("beneficiary", "project_id", "role", "start_time", "end_time", "justification")
    }
    assert said["end_time"] == "2026-03-02T09:40:00Z"

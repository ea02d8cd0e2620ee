"""Only callers that prove to be a scheduler can run jobs."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.test import Client

from activations.models import Request
from jitaccess.runtime import Platform
from tests.journeys.approvals import pending_request, state
from tests.moments import now
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database


SCHEDULER = "scheduler@jit-access-host.iam.gserviceaccount.com"
AUDIENCE = "https://jit.example.com"
FROM_APP_ENGINE = {"X-Appengine-Cron": "true", "X-Appengine-User-Ip": "0.1.0.2"}


@pytest.fixture
def scheduled(settings, simulated, db):
    settings.CRON_SERVICE_ACCOUNT = SCHEDULER
    settings.CRON_AUDIENCE = AUDIENCE
    return simulated


def call(token: str = "", job: str = "expire", **headers: str):
    proof = {"Authorization": f"Bearer {token}"} if token else {}
    return Client().get(f"/cron/{job}", headers=proof | headers)


def test_the_schedulers_token_runs_the_job(scheduled, alice):
    request_id = pending_request(alice)
    rewrite(Request.objects, expires_at=now() - timedelta(minutes=1))
    answer = call(scheduled.oidc.sign(SCHEDULER, AUDIENCE))
    assert (answer.status_code, answer.json()) == (200, {"expired": 1})
    assert state(alice, request_id) == "EXPIRED"


@pytest.mark.parametrize(
    ("email", "audience", "claims"),
    [
        ("other@example.com", AUDIENCE, {}),
        (SCHEDULER, "https://elsewhere.example.com", {}),
        (SCHEDULER, AUDIENCE, {"email_verified": False}),
        (SCHEDULER, AUDIENCE, {"iss": "https://evil.example.com"}),
        (SCHEDULER, AUDIENCE, {"exp": 1}),
        (SCHEDULER, AUDIENCE, {"email": None}),
    ],
)
def test_every_other_token_is_refused(scheduled, email, audience, claims):
    answer = call(scheduled.oidc.sign(email, audience, **claims))
    assert (answer.status_code, answer.json()) == (403, {"message": "Not allowed"})


def test_a_refusal_names_the_audience_that_came_and_the_one_wanted(scheduled, log):
    """Cloud Scheduler's default audience is the whole address of the job."""
    answer = call(scheduled.oidc.sign(SCHEDULER, f"{AUDIENCE}/cron/expire"))
    assert (answer.status_code, answer.json()) == (403, {"message": "Not allowed"})
    (entry,) = log.of("cron.refused")
    assert f"audience is '{AUDIENCE}/cron/expire'" in entry["message"]
    assert f"CRON_AUDIENCE (or BASE_URL) is '{AUDIENCE}'" in entry["message"]


DEEP = base64.urlsafe_b64encode(b"[" * 5_000).decode()


@pytest.mark.parametrize(
    "token",
    ["", "garbage", "a.b.c", "a.é.c", "e30.e30.", f"{DEEP}.e30.e30", f"e30.{DEEP}.e30"],
    ids=lambda token: token[:12],
)
def test_garbage_is_refused(scheduled, token):
    assert call(token).status_code == 403


def test_a_persons_assertion_runs_no_job(scheduled, olga):
    assert olga.get("/cron/expire").status_code == 403


def test_without_a_configured_account_nobody_runs_jobs(simulated, db, settings):
    settings.CRON_AUDIENCE = AUDIENCE
    assert call(simulated.oidc.sign("", AUDIENCE)).status_code == 403


def test_app_engines_cron_is_accepted_on_app_engine(scheduled, settings):
    settings.PLATFORM = Platform.APP_ENGINE
    assert call(**FROM_APP_ENGINE).status_code == 200


def test_app_engines_headers_are_worth_nothing_elsewhere(scheduled):
    assert call(**FROM_APP_ENGINE).status_code == 403


def test_only_schedulers_learn_that_a_job_is_unknown(scheduled):
    assert call(scheduled.oidc.sign(SCHEDULER, AUDIENCE), "nothing").status_code == 404
    assert call("", "nothing").status_code == 403


def test_without_keys_no_job_runs(scheduled):
    token = scheduled.oidc.sign(SCHEDULER, AUDIENCE)
    scheduled.faults.add("oidc.certs", status=503, times=None)
    assert call(token).status_code == 403

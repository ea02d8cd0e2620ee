"""All people share Google's quotas; a request beyond them is refused with a time to wait."""

from __future__ import annotations

import pytest

from activations.iam.quotas import wait_for_token
from activations.models import QuotaBucket
from googlecloud.errors import QuotaExceeded
from jitaccess.errors import answer_for
from tests.journeys.shop import ROLES, TEN_ROLES, activate
from tests.moments import now

pytestmark = pytest.mark.one_database


def test_lists_beyond_the_limit_wait_or_are_refused_with_a_time(alice, settings, simulated):
    from eligibility import providers

    settings.ASSET_CALLS_PER_MINUTE = 1
    assert alice.api_get(ROLES).status_code == 200
    providers.recent_facts().forget(user="alice@example.com", project_id="shop-prod")
    answer = alice.api_get(ROLES)
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert len(simulated.calls.of("cloudasset.*")) == 1


def test_too_many_writes_to_one_project_are_refused_with_a_time(alice, settings):
    settings.POLICY_WRITES_PER_MINUTE = 1
    assert activate(alice, TEN_ROLES[0]).status_code == 200
    answer = activate(alice, TEN_ROLES[1])
    assert answer.status_code == 429
    assert answer["Retry-After"]


@pytest.mark.django_db
@pytest.mark.parametrize("rate", [300, 400])
def test_the_time_to_wait_is_never_zero_at_usual_rates(rf, rate):
    moment = now()

    def take():
        wait_for_token(
            "write:shop-prod",
            rate_per_minute=rate,
            clock=lambda: moment,
            sleep=lambda _: None,
            patience=0,
        )

    take()
    QuotaBucket.objects.update(full_at=moment.timestamp() + 60)
    with pytest.raises(QuotaExceeded) as refusal:
        take()
    assert refusal.value.retry_after
    assert refusal.value.retry_after < 1
    assert answer_for(rf.post("/api/x"), refusal.value)["Retry-After"] == "1"


@pytest.mark.parametrize("name", ["ASSET_CALLS_PER_MINUTE", "POLICY_WRITES_PER_MINUTE"])
def test_zero_switches_the_limit_off(alice, settings, name):
    setattr(settings, name, 0)
    assert [activate(alice, role).status_code for role in TEN_ROLES[:3]] == [200] * 3


def test_reads_that_ask_google_are_limited_for_each_person(alice, bob, settings, simulated):
    settings.READS_PER_MINUTE = 2
    invented = [f"/api/projects/invented-{n}/roles" for n in range(3)]
    assert [alice.api_get(path).status_code for path in invented][:2] != [429, 429]
    simulated.calls.clear()
    refused = alice.api_get(invented[2].replace("invented-2", "invented-9"))
    assert (refused.status_code, refused.json()["message"][:29]) == (
        429,
        "You sent more than 2 requests",
    )
    assert refused["Retry-After"]
    assert len(simulated.calls.of("cloudasset.*")) == 0
    assert bob.api_get(ROLES).status_code == 200


def test_what_is_answered_from_memory_is_not_counted(alice, settings):
    settings.READS_PER_MINUTE = 1
    assert [alice.api_get(ROLES).status_code for _ in range(5)] == [200] * 5


def test_names_of_reviewers_count_as_reads(alice, settings):
    settings.READS_PER_MINUTE = 1
    peers = "/api/projects/shop-prod/peers"
    role = "shop-prod:roles/container.admin"
    answers = [alice.api_get(peers, id=role).status_code for _ in range(2)]
    assert answers[1] == 429

"""All people share Google's quotas; a request beyond them is refused with a time to wait."""

from __future__ import annotations

import pytest

from activations.iam.quotas import wait_for_token
from activations.models import QuotaBucket
from googlecloud.errors import QuotaExceeded
from jitaccess.errors import answer_for
from tests.journeys.shop import ROLES, TEN_ROLES, activate
from tests.moments import now


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

"""Everything that people do, with RESOURCE_CATALOG=PolicyAnalyzer: the same answers, few analyses."""

from __future__ import annotations

import logging

import pytest

from activations.models import Grant, QuotaBucket
from tests.journeys.approvals import SECURITY, ask, decide, pending_request, state
from tests.journeys.shop import (
    COMPUTE,
    PROJECT,
    ROLES,
    TEN_ROLES,
    activate,
    activations_of,
    status_of,
)
from tests.moments import now

pytestmark = pytest.mark.one_database


ANALYZE = "cloudasset.analyzeIamPolicy"
DATABASE = "billing-prod:roles/cloudsql.admin"
GROUP = "group:hidden@example.com"


@pytest.fixture(autouse=True)
def _policy_analyzer(settings, simulated):
    from eligibility import providers

    settings.RESOURCE_CATALOG = "PolicyAnalyzer"
    settings.ANALYSES_PER_DAY = 0
    providers.reset()


def analyses(simulated) -> int:
    return len(simulated.calls.of(ANALYZE))


def test_roles_are_those_of_the_other_catalog(alice, settings, simulated):
    from eligibility import providers

    analyzed = alice.api_get(ROLES).json()
    assert not simulated.calls.of("cloudasset.effectiveIamPolicies.batchGet")
    settings.RESOURCE_CATALOG = "AssetInventory"
    providers.reset()
    assert alice.api_get(ROLES).json() == analyzed
    assert any("/buckets/" in str(role) for role in analyzed["entitlements"])


def test_a_list_is_kept_for_five_minutes_and_costs_one_analysis(alice, simulated):
    for _ in range(3):
        assert alice.api_get(ROLES).status_code == 200
    assert analyses(simulated) == 1


def test_charlie_sees_nothing(charlie):
    assert charlie.api_get(ROLES).json()["entitlements"] == []
    answer = charlie.api_get(f"/api/projects/{PROJECT}/peers", id=SECURITY)
    assert answer.status_code == 403
    assert "bob" not in answer.content.decode()
    assert activate(charlie, COMPUTE).status_code == 403


def test_ten_roles_are_activated_with_one_analysis(alice, simulated):
    answer = activate(alice, *TEN_ROLES)
    assert answer.status_code == 200, answer.content
    assert analyses(simulated) == 1
    policy = simulated.company.policy(PROJECT)
    assert len(activations_of(policy, "alice@example.com", "roles/compute.admin")) == 1
    assert status_of(alice, COMPUTE) == "ACTIVE"


def test_a_role_on_a_part_of_the_project_can_be_activated(alice, simulated):
    role = next(
        role["id"]
        for role in alice.api_get(ROLES).json()["entitlements"]
        if role["id"].startswith(f"{PROJECT}:roles/storage.objectAdmin:")
    )
    assert activate(alice, role).status_code == 200
    (binding,) = activations_of(
        simulated.company.policy(PROJECT), "alice@example.com", "roles/storage.objectAdmin"
    )
    assert "/buckets/shop-" in binding["condition"]["expression"]


def test_an_approval_from_the_list_to_the_access(alice, bob, simulated):
    peers = alice.api_get(f"/api/projects/{PROJECT}/peers", id=SECURITY).json()["peers"]
    assert peers == [{"email": "bob@example.com"}, {"email": "carol@example.com"}]
    assert analyses(simulated) == 1
    request_id = pending_request(alice)
    assert analyses(simulated) == 2
    assert decide(bob, request_id, "approve").status_code == 200
    assert analyses(simulated) == 3
    assert state(alice, request_id) == "ACTIVE"
    policy = simulated.company.policy(PROJECT)
    assert activations_of(policy, "alice@example.com", "roles/iam.securityAdmin")


def test_peers_in_groups_can_be_asked(alice):
    peers = alice.api_get("/api/projects/billing-prod/peers", id=DATABASE).json()["peers"]
    assert peers
    answer = alice.api_post(
        "/api/projects/billing-prod/roles/request",
        {
            "entitlementId": DATABASE,
            "justification": "CASE-9",
            "peers": [peers[0]["email"]],
            "activationTimeout": 30,
        },
    )
    assert answer.status_code == 200, answer.content


def test_a_decline_is_possible(alice, bob):
    request_id = pending_request(alice)
    assert decide(bob, request_id, "decline", "Not today.").status_code == 200
    assert state(alice, request_id) == "DECLINED"


def test_a_reviewer_who_lost_the_role_cannot_approve(alice, bob, simulated):
    request_id = pending_request(alice)
    policy = simulated.company.policy(PROJECT)
    for binding in policy["bindings"]:
        if binding["role"] == "roles/iam.securityAdmin":
            binding["members"].remove("user:bob@example.com")
    simulated.company.put_policy(PROJECT, policy)
    assert decide(bob, request_id, "approve").status_code == 403
    assert not Grant.objects.exists()


@pytest.fixture
def incomplete(simulated):
    """The analysis of the project cannot tell who is in one of its groups."""
    simulated.company.add_group("hidden@example.com")
    simulated.unreadable_groups = frozenset({"hidden@example.com"})
    simulated.company.bind("folders/12", "roles/viewer", GROUP, "has({}.jitAccessConstraint)")


def test_an_incomplete_analysis_is_a_warning_in_the_list(alice, charlie, incomplete):
    body = alice.api_get(ROLES).json()
    assert f"The members of {GROUP} could not be read." in body["warnings"]
    assert COMPUTE in [role["id"] for role in body["entitlements"]]
    assert "hidden" not in charlie.api_get(ROLES).content.decode()


def test_an_incomplete_analysis_does_not_keep_anybody_from_what_it_shows(alice, incomplete):
    assert activate(alice, COMPUTE).status_code == 200


def test_what_an_incomplete_analysis_does_not_show_is_unknown_and_not_granted(
    alice, charlie, incomplete, simulated
):
    before = simulated.company.policy(PROJECT)
    for person in (alice, charlie):
        answer = activate(person, f"{PROJECT}:roles/appengine.appAdmin")
        assert answer.status_code == 503
        assert "could not be determined" in answer.json()["message"]
        assert "hidden" not in answer.content.decode()
    assert simulated.company.policy(PROJECT) == before
    assert not Grant.objects.exists()


def test_a_designated_reviewer_is_one_even_if_the_analysis_is_partial(
    alice, settings, simulated, person
):
    settings.REVIEWERS = ("user:maria@example.com",)
    simulated.company.bind(PROJECT, "roles/iam.securityAdmin", "user:alice@example.com")
    policy = simulated.company.policy(PROJECT)
    bindings = [one for one in policy["bindings"] if one["role"] != "roles/iam.securityAdmin"]
    simulated.company.put_policy(PROJECT, policy | {"bindings": bindings})
    members = ["user:alice@example.com", "user:bob@example.com"]
    simulated.company.bind(
        PROJECT, "roles/iam.securityAdmin", members, "has({}.multiPartyApprovalConstraint)"
    )
    simulated.analysis_seconds = 60
    request_id = pending_request(alice, "maria@example.com")
    assert decide(person("maria@example.com"), request_id, "approve").status_code == 200


def test_googles_quota_is_explained(alice, simulated, caplog):
    simulated.analyses_left = 0
    with caplog.at_level(logging.WARNING):
        answer = alice.api_get(ROLES)
    assert answer.status_code == 429
    for word in ("20 analyses a day", "Security Command Center", "AssetInventory"):
        assert word in answer.json()["message"]
    assert answer["Retry-After"]
    assert analyses(simulated) == 1
    page = alice.get(f"/projects/{PROJECT}")
    assert page.status_code == 429
    assert "20 analyses a day" in page.content.decode()
    assert "Wait a minute" not in page.content.decode()


def test_our_own_limit_is_explained_and_keeps_google_from_being_asked(alice, settings, simulated):
    settings.ANALYSES_PER_DAY = 1
    assert activate(alice, TEN_ROLES[0]).status_code == 200
    answer = activate(alice, TEN_ROLES[1])
    assert answer.status_code == 429
    assert "The limit of 1 analyses of IAM policies a day is used up" in answer.json()["message"]
    assert 23 * 3600 < int(answer["Retry-After"]) <= 24 * 3600
    assert analyses(simulated) == 1


def test_an_approval_waits_while_no_analysis_is_possible(alice, bob, settings):
    settings.ANALYSES_PER_DAY = 20
    request_id = pending_request(alice)
    QuotaBucket.objects.filter(name="analyses of a day").update(full_at=now().timestamp() + 86400)
    assert decide(bob, request_id, "approve").status_code == 429
    assert state(alice, request_id) == "ACTIVATION_PENDING"
    QuotaBucket.objects.all().delete()
    assert decide(bob, request_id, "approve").status_code == 200


def test_an_unknown_project_is_not_found(alice):
    assert alice.api_get("/api/projects/no-such-project/roles").status_code == 404
    assert activate(alice, "no-such-project:roles/compute.admin").status_code == 400
    role = {"entitlementIds": ["no-such-project:roles/browser"], "justification": "CASE-1"}
    path = "/api/projects/no-such-project/roles/self-activate"
    assert alice.api_post(path, role | {"activationTimeout": 5}).status_code == 404


def test_oneself_as_reviewer_is_still_refused(alice):
    assert ask(alice, "alice@example.com").status_code == 400

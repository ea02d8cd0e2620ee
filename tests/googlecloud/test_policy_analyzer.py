"""Analyses of policies: what is asked, what is read, and what a quota or an incomplete answer means."""

from typing import Any

import pytest

from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from googlecloud.errors import (
    DailyQuotaExceeded,
    Denied,
    Invalid,
    NotFound,
    QuotaExceeded,
    TimedOut,
    Unavailable,
)
from googlecloud.policy_analyzer import Analysis
from simulator import Simulator
from tests.googlecloud.clock import Clock

ANALYZE = "cloudasset.analyzeIamPolicy"
PREFIX = "//cloudresourcemanager.googleapis.com/"
PROJECT = f"{PREFIX}projects/shop-prod"
ALICE = {"scope": "organizations/7", "project_id": "shop-prod", "user": "alice@example.com"}
ROLE = {"scope": "organizations/7", "project_id": "shop-prod", "role": "roles/iam.securityAdmin"}
RESULT = {"attachedResourceFullName": PROJECT, "iamBinding": {"role": "roles/viewer"}}


def query(sim: Simulator) -> dict[str, Any]:
    (call,) = sim.calls.of(ANALYZE)
    return {name.removeprefix("analysisQuery."): value for name, value in call.params.items()}


def test_bindings_of_a_person_come_with_members_condition_and_place(
    cloud: Cloud, sim: Simulator
) -> None:
    found = cloud.policy_analyzer.bindings_of(**ALICE)
    on_project = [one.binding for one in found.bindings if one.attached_resource == PROJECT]
    assert on_project == [
        binding
        for binding in sim.company.policy("shop-prod")["bindings"]
        if {"user:alice@example.com", "group:engineering@example.com", "domain:example.com"}
        & set(binding["members"])
    ]
    places = {one.attached_resource.removeprefix(PREFIX) for one in found.bindings}
    assert places >= {"projects/shop-prod", "folders/10", "organizations/7"}
    assert {one.resources for one in found.bindings} == {(PROJECT,)}
    assert (found.is_complete, found.causes) == (True, ())


def test_a_person_is_asked_for_by_identity_without_a_time(cloud: Cloud, sim: Simulator) -> None:
    cloud.policy_analyzer.bindings_of(**ALICE)
    assert query(sim) == {
        "identitySelector.identity": ["user:alice@example.com"],
        "resourceSelector.fullResourceName": [PROJECT],
        "executionTimeout": ["16s"],
        "alt": ["json"],
    }


def test_a_role_is_asked_for_with_everybody_who_is_bound(cloud: Cloud, sim: Simulator) -> None:
    found = cloud.policy_analyzer.bindings_of_role(**ROLE)
    assert query(sim) == {
        "accessSelector.roles": ["roles/iam.securityAdmin"],
        "resourceSelector.fullResourceName": [PROJECT],
        "executionTimeout": ["16s"],
        "alt": ["json"],
    }
    (binding,) = [one.binding for one in found.bindings]
    assert binding["members"] == [f"user:{name}@example.com" for name in ("alice", "bob", "carol")]


@pytest.mark.parametrize(("seconds", "sent"), [(0.5, "1s"), (5, "4s"), (0, "16s")])
def test_google_is_to_answer_before_we_stop_waiting(
    sim: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch, seconds: float, sent: str
) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", sim.metadata_host)
    config = CloudConfig(endpoint=sim.url, read_timeout=seconds)
    Cloud(config, sleep=clock.sleep, clock=clock).policy_analyzer.bindings_of(**ALICE)
    assert query(sim)["executionTimeout"] == [sent]


def test_a_used_up_quota_is_explained_and_not_asked_again(cloud: Cloud, sim: Simulator) -> None:
    sim.analyses_left = 0
    with pytest.raises(DailyQuotaExceeded) as caught:
        cloud.policy_analyzer.bindings_of(**ALICE)
    for word in ("20 analyses a day", "Security Command Center", "RESOURCE_CATALOG=AssetInventory"):
        assert word in str(caught.value)
    assert (caught.value.status, caught.value.reason) == (429, "RATE_LIMIT_EXCEEDED")
    assert isinstance(caught.value, QuotaExceeded)
    assert len(sim.calls.of(ANALYZE)) == 1


def test_an_answer_that_failed_is_not_paid_for_twice(cloud: Cloud, sim: Simulator) -> None:
    sim.faults.add(ANALYZE, status=503)
    with pytest.raises(Unavailable):
        cloud.policy_analyzer.bindings_of_role(**ROLE)
    assert len(sim.calls.of(ANALYZE)) == 1


def test_an_unknown_project_is_an_error_and_no_empty_answer(cloud: Cloud) -> None:
    with pytest.raises(NotFound, match=r"^The project 'nope' does not exist, is not within"):
        cloud.policy_analyzer.bindings_of(**ALICE | {"project_id": "nope"})


def test_a_missing_permission_is_told(cloud: Cloud, sim: Simulator) -> None:
    sim.withheld_permissions = frozenset({"cloudasset.assets.analyzeIamPolicy"})
    with pytest.raises(Denied, match=r"^Denied access to scope 'organizations/7': Permission"):
        cloud.policy_analyzer.bindings_of(**ALICE)


def test_a_time_out_is_a_time_out(
    sim: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", sim.metadata_host)
    sim.faults.add(ANALYZE, hang=1)
    impatient = Cloud(CloudConfig(endpoint=sim.url, read_timeout=0.2), sleep=clock.sleep)
    with pytest.raises(TimedOut):
        impatient.policy_analyzer.bindings_of(**ALICE)


@pytest.mark.parametrize("name", ["user", "project_id", "scope"])
def test_names_that_would_change_the_address_are_refused(cloud: Cloud, name: str) -> None:
    with pytest.raises(Invalid):
        cloud.policy_analyzer.bindings_of(**ALICE | {name: "a b/../c"})


def test_what_takes_too_long_is_partial(cloud: Cloud, sim: Simulator) -> None:
    whole = cloud.policy_analyzer.bindings_of(**ALICE)
    sim.analysis_seconds = 60
    found = cloud.policy_analyzer.bindings_of(**ALICE)
    assert len(found.bindings) < len(whole.bindings)
    assert (found.is_complete, found.causes) == (
        False,
        ("The analysis was not finished in time.",),
    )


@pytest.mark.parametrize(
    ("answer", "is_complete"),
    [
        ({"fullyExplored": True, "mainAnalysis": {}}, True),
        ({"mainAnalysis": {"fullyExplored": True}}, True),
        ({"mainAnalysis": {"fullyExplored": True, "analysisResults": [RESULT]}}, True),
        ({}, False),
        ({"mainAnalysis": {}}, False),
        ({"fullyExplored": True, "mainAnalysis": {"fullyExplored": False}}, False),
        (
            {
                "fullyExplored": True,
                "mainAnalysis": {"analysisResults": [RESULT | {"fullyExplored": False}]},
            },
            False,
        ),
        (
            {"fullyExplored": True, "mainAnalysis": {"nonCriticalErrors": [{"code": "UNKNOWN"}]}},
            False,
        ),
    ],
)
def test_complete_is_only_what_google_says_is_complete(
    answer: dict[str, Any], is_complete: bool
) -> None:
    assert Analysis.read(answer).is_complete is is_complete


def test_causes_are_told_once_and_missing_ones_by_their_code() -> None:
    errors = [{"cause": "a"}, {"code": "INTERNAL"}, {"cause": "a"}, {}]
    found = Analysis.read({"mainAnalysis": {"nonCriticalErrors": errors}})
    assert found.causes == ("a", "INTERNAL", "UNKNOWN")

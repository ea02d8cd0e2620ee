"""The doctor names cause and remedy of every broken configuration, and changes nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import Settings

from certification.jobs import JOBS
from certification.models import Campaign
from jitaccess.doctor import examination
from jitaccess.doctor.check_result import CheckResult, State
from jitaccess.doctor.examination import Check, examine
from jitaccess.doctor.storage import storage
from jitaccess.doctor.target import target
from jitaccess.runtime import Platform
from simulator import Simulator
from tests.jitaccess.broken import ACCOUNT, SET_UPS, TOPIC
from tests.jitaccess.examined import look, problems, ran, well
from tests.moments import now
from tests.policies.lives import activated

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
REMINDING = "stages: [{from: [peers], count: 1}], answer_within: 4h, remind_after: 30m"
SECRET = "projects/jit-access-host/secrets/key"


@pytest.fixture(autouse=True)
def _well(simulated: Simulator, settings: Settings) -> None:
    """A healthy deployment, until a test breaks something."""
    well()
    simulated.company.topics.add(TOPIC)
    simulated.company.secrets.put(SECRET, b"x" * 50)
    settings.NOTIFICATION_TOPIC = "news"
    settings.BASE_URL = simulated.url
    settings.SECRET_KEY_SECRET = f"{SECRET}/versions/latest"


def test_a_healthy_deployment() -> None:
    findings = look()
    assert {name: found for name, found in findings.items() if found.state is not State.OK} == {}
    assert findings["Service account"].what == ACCOUNT
    assert findings["Project"].what == "jit-access-host, number 100000000001"
    assert "/global/backendServices/1234567890" in findings["IAP audience"].what
    assert "organizations/7" in findings["Cloud Asset"].what
    assert findings["Policy Analyzer"].what == "not used: RESOURCE_CATALOG is AssetInventory"
    assert findings["Group source"].what.startswith("the Directory API, because this edition of")
    assert len(findings) == 29


def test_an_edition_that_includes_searches(simulated: Simulator) -> None:
    simulated.searches_groups = True
    found = look()["Group source"]
    assert (found.state, found.remedy) == (State.OK, "")
    assert found.what == "Cloud Identity; one call tells all groups of a person"


@pytest.mark.parametrize(
    ("reason", "remedy", "command"),
    [
        ("SERVICE_DISABLED", "Optional: enable cloudidentity.googleapis.com", "gcloud services"),
        ("", "", ""),
    ],
)
def test_refused_searches_are_no_problem_and_say_why(
    simulated: Simulator, reason: str, remedy: str, command: str
) -> None:
    simulated.faults.add("cloudidentity.*", status=403, reason=reason, times=None)
    found = look()["Group source"]
    assert found.state is State.OK
    assert re.search("the Directory API, because Cloud Identity refuses.*Injected", found.what)
    assert found.remedy.startswith(remedy)
    assert found.command.startswith(command)


def test_a_source_that_could_not_be_asked_is_unknown(simulated: Simulator) -> None:
    simulated.faults.add("cloudidentity.*", status=503, times=None)
    assert look()["Group source"].state is State.UNKNOWN


def test_without_any_group_the_source_is_unknown(simulated: Simulator) -> None:
    for email in list(simulated.company.groups):
        simulated.company.remove_group(email)
    found = look()["Group source"]
    assert (found.state, found.what) == (State.UNKNOWN, "Not checked: there is no group.")


def test_looking_changes_nothing(simulated: Simulator) -> None:
    simulated.calls.clear()
    before = {name: simulated.company.policy(name) for name in ("shop-prod", "jit-access-host")}
    look()
    assert {name: simulated.company.policy(name) for name in before} == before
    assert {call.api for call in simulated.calls.google} == {
        "cloudasset.effectiveIamPolicies.batchGet",
        "cloudidentity.groups.memberships.searchTransitiveGroups",
        "cloudresourcemanager.organizations.testIamPermissions",
        "cloudresourcemanager.projects.search",
        "directory.groups.list",
        "iam.roles.queryGrantableRoles",
        "pubsub.projects.topics.testIamPermissions",
        "secretmanager.projects.secrets.versions.access",
    }
    assert simulated.company.topics.messages(TOPIC) == []


@pytest.mark.parametrize("name", SET_UPS)
def test_cause_and_remedy_are_named(name: str, simulated: Simulator, settings: Settings) -> None:
    broken = SET_UPS[name]
    broken.how(simulated, settings)
    findings = look()
    assert problems(findings) == broken.lines
    for line in broken.lines:
        found = findings[line]
        assert re.search(broken.cause, found.what), found
        assert broken.remedy in found.remedy or broken.remedy in found.what, found
    assert any(broken.command in findings[line].command for line in broken.lines)


@pytest.mark.parametrize(("ahead", "word"), [(60, "60 s ahead of"), (-60, "60 s behind")])
def test_a_clock_that_is_wrong(ahead: int, word: str) -> None:
    findings = look(ahead=timedelta(seconds=ahead))
    clock, database = findings["Clock"], findings["Database"]
    assert (clock.state, database.state) == (State.PROBLEM, State.PROBLEM)
    assert word in clock.what.replace("59", "60").replace("61", "60")
    assert clock.command == "timedatectl set-ntp true"
    assert re.search("clock is (59|60|61) s " + ("behind" if ahead > 0 else "ahead"), database.what)


def test_schedulers_that_never_called(settings: Settings) -> None:
    from activations.models import JobRun

    JobRun.objects.all().delete()
    settings.PLATFORM = Platform.APP_ENGINE
    found = look()["Scheduler"]
    never = ("decide", "deliver", "packs", "reconcile", "start")
    assert found.what == "; ".join(f"{name} has never run" for name in never) + "."
    assert found.command == "gcloud app deploy cron.yaml"


def test_each_job_that_has_stopped_is_named() -> None:
    """`refresh` and `export` are told by the index and the days that are missing; `reconcile` does what `expire` does."""
    activated(f"version: 1\nrules:\n- {{name: a, require: {{approval: {{{REMINDING}}}}}}}\n")
    open_review()
    for job in JOBS:
        ran(job, ago=timedelta(hours=4))
    found = stored()
    for job in JOBS.keys() - {"audit", "expire", "export", "refresh"}:
        assert f"{job} last ran 4 h ago" in found["Scheduler"].what
    assert (found["Scheduler"].state, found["Audit log"].state) == (State.PROBLEM, State.PROBLEM)


@pytest.mark.parametrize("step", ["remind_after: 30m", "escalate: {after: 1h, to: ['user:a@b.c']}"])
def test_an_access_policy_with_reminders_needs_their_job(step: str) -> None:
    approval = REMINDING.replace("remind_after: 30m", step)
    activated(f"version: 1\nrules:\n- {{name: a, require: {{approval: {{{approval}}}}}}}\n")
    assert look()["Scheduler"].what == "remind has never run."
    ran("remind")
    assert look()["Scheduler"].state is State.OK


def open_review() -> None:
    at = now()
    begun = {"created_at": at - timedelta(days=1), "opened_at": at, "indexed_at": at}
    Campaign.objects.create(name="Autumn", state="open", due_at=at, snapshot=uuid4(), **begun)


def stored() -> dict[str, CheckResult]:
    """Return the results that depend on the database alone."""
    return {found.name: found for found in storage(target(now))}


def test_an_open_access_review_needs_its_job() -> None:
    open_review()
    assert look()["Scheduler"].what == "campaigns has never run."
    ran("campaigns")
    assert look()["Scheduler"].state is State.OK


@pytest.mark.parametrize(
    ("platform", "is_door_named"), [(Platform.CLOUD_RUN, False), (Platform.MACHINE, True)]
)
def test_the_endpoint_for_schedulers_is_named_where_it_can_be_reached(
    platform: Platform, is_door_named: bool, settings: Settings
) -> None:
    ran("deliver", failure="Denied: no")
    settings.PLATFORM = platform
    assert ("/cron/" in look()["Scheduler"].remedy) is is_door_named


def test_a_job_of_cloud_run_leaves_the_audience_to_the_service(settings: Settings) -> None:
    settings.PLATFORM, settings.K_SERVICE = Platform.CLOUD_RUN, ""
    settings.IAP_BACKEND_SERVICE_ID = ""
    found = look()["IAP audience"]
    assert (found.state, found.remedy) == (State.UNKNOWN, "Open /admin/doctor/.")
    assert "/services/" not in found.what


def test_without_metadata_the_line_to_fix_first_is_named(
    simulated: Simulator,
) -> None:
    simulated.faults.add("metadata.*", status=503, times=None)
    findings = look()
    expected = {"Service account", "Project", "IAP audience", "IAM policies", "Self-impersonation"}
    assert expected <= problems(findings)
    assert findings["Groups"].state is State.UNKNOWN
    assert "curl" in findings["Service account"].command
    assert "Service account" in findings["Self-impersonation"].remedy


def test_a_network_without_a_way_to_google(settings: Settings) -> None:
    settings.GOOGLE_API_ENDPOINT = "http://127.0.0.1:9"
    findings = look()
    assert "GOOGLE_API_ENDPOINT" in findings["IAM policies"].remedy
    assert findings["Clock"].state is State.UNKNOWN


@pytest.mark.parametrize(("status", "advice"), [(429, "quota"), (503, "Google has a problem")])
def test_temporary_failures_are_unknown(status: int, advice: str, simulated: Simulator) -> None:
    simulated.faults.add("cloudasset.*", status=status, times=None)
    found = look()["Cloud Asset"]
    assert (found.state, advice in found.remedy) == (State.UNKNOWN, True)
    assert len(list(simulated.calls.of("cloudasset.*"))) == 1


def test_the_policy_analyzer_is_checked_without_an_analysis(
    simulated: Simulator, settings: Settings
) -> None:
    settings.RESOURCE_CATALOG, settings.ANALYSES_PER_DAY = "PolicyAnalyzer", 20
    found = look()["Policy Analyzer"]
    assert (found.state, "at most 20 times a day" in found.what) == (State.OK, True)
    assert not simulated.calls.of("cloudasset.analyzeIamPolicy")


def test_a_policy_analyzer_without_our_limit_names_googles(settings: Settings) -> None:
    settings.RESOURCE_CATALOG, settings.ANALYSES_PER_DAY = "PolicyAnalyzer", 0
    found = look()["Policy Analyzer"]
    assert "without a limit of its own" in found.what
    assert "20 without Security Command Center" in found.what


def test_a_missing_permission_to_analyze_is_named(simulated: Simulator, settings: Settings) -> None:
    settings.RESOURCE_CATALOG = "PolicyAnalyzer"
    simulated.withheld_permissions = frozenset({"cloudasset.assets.analyzeIamPolicy"})
    found = look()["Policy Analyzer"]
    assert found.state is State.PROBLEM
    assert "Missing on organizations/7: cloudasset.assets.analyzeIamPolicy." in found.what
    assert "--role=roles/cloudasset.viewer" in found.command


def test_a_policy_analyzer_that_cannot_be_checked_is_told(
    simulated: Simulator, settings: Settings
) -> None:
    settings.RESOURCE_CATALOG = "PolicyAnalyzer"
    simulated.faults.add("*.testIamPermissions", status=403, times=None)
    found = look()["Policy Analyzer"]
    assert (found.state, "roles/cloudasset.viewer" in found.remedy) == (State.PROBLEM, True)


def test_a_project_beyond_the_scope_is_skipped(settings: Settings) -> None:
    settings.RESOURCE_SCOPE = "folders/12"
    found = look()["Cloud Asset"]
    assert found.state is State.OK, found
    assert "from shop-" in found.what


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down() -> None:
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict |= {"HOST": "/nowhere", "NAME": "/nowhere/at/all"}
    try:
        findings = look()
    finally:
        connection.close()
        connection.settings_dict |= kept
    assert problems(findings) == {"Database"}
    for word in ("DATABASE_URL", "roles/cloudsql.client", "sqladmin.googleapis.com"):
        assert word in findings["Database"].remedy
    assert findings["Cloud Asset"].state is State.OK


def test_a_check_that_hangs_costs_one_line(simulated: Simulator) -> None:
    simulated.faults.add("cloudasset.*", hang=3)
    findings = examine(target(now), seconds=1.5)
    late = [found for found in findings if found.state is not State.OK]
    assert [(found.name, found.what) for found in late] == [("Cloud Asset", "No answer in time.")]


def test_a_check_that_fails_costs_one_line() -> None:
    def breaks(_: object) -> list[object]:
        raise RuntimeError("oh")

    checks = [Check("Odd", breaks), examination.CHECKS[0]]  # type: ignore[arg-type]  # it only breaks
    odd, account, *_ = examine(target(now), checks=checks)
    assert (odd.name, odd.state) == ("Odd", State.UNKNOWN)
    assert odd.what == "The check itself failed: RuntimeError: oh"
    assert account.state is State.OK

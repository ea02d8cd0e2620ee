"""The doctor names cause and remedy of every broken set-up, and breaks nothing itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from activations.models import OutboxMessage
from activations.states import Channel, DeliveryState
from activations.triggers import remove_triggers
from jitaccess.doctor import examination
from jitaccess.doctor.examination import Check, examine
from jitaccess.doctor.finding import State
from jitaccess.doctor.patient import patient
from jitaccess.runtime import Platform
from simulator import Simulator
from tests.jitaccess.examined import look, problems, ran
from tests.moments import now

pytestmark = pytest.mark.django_db
ACCOUNT = "jitaccess@jit-access-host.iam.gserviceaccount.com"
MEMBER = f"--member=serviceAccount:{ACCOUNT}"
SECRET = "projects/jit-access-host/secrets/key"
TOPIC = "projects/jit-access-host/topics/news"


@pytest.fixture(autouse=True)
def _well(simulated: Simulator, settings: Settings) -> None:
    """All is as it should be, until a test breaks something."""
    ran("deliver")
    ran("reconcile")
    simulated.company.topics.add(TOPIC)
    simulated.company.secrets.put(SECRET, b"x" * 50)
    settings.NOTIFICATION_TOPIC = "news"
    settings.SECRET_KEY_SECRET = f"{SECRET}/versions/latest"


def test_a_deployment_that_is_well() -> None:
    findings = look()
    assert {name: found for name, found in findings.items() if found.state is not State.OK} == {}
    assert findings["Service account"].what == ACCOUNT
    assert findings["Project"].what == "jit-access-host, number 100000000001"
    assert "/global/backendServices/1234567890" in findings["IAP audience"].what
    assert "organizations/7" in findings["Cloud Asset"].what
    assert len(findings) == 20


def test_looking_changes_nothing(simulated: Simulator) -> None:
    simulated.calls.clear()
    before = {name: simulated.company.policy(name) for name in ("shop-prod", "jit-access-host")}
    look()
    assert {name: simulated.company.policy(name) for name in before} == before
    assert {call.api for call in simulated.calls.google} == {
        "cloudasset.effectiveIamPolicies.batchGet",
        "cloudresourcemanager.organizations.testIamPermissions",
        "cloudresourcemanager.projects.search",
        "directory.groups.list",
        "iam.roles.queryGrantableRoles",
        "pubsub.projects.topics.testIamPermissions",
        "secretmanager.projects.secrets.versions.access",
    }
    assert simulated.company.topics.messages(TOPIC) == []


@dataclass(frozen=True)
class Broken:
    """A set-up that somebody got wrong, and what has to be said of it."""

    how: Callable[[Simulator, Settings], object]
    lines: set[str]
    cause: str
    remedy: str
    command: str = ""


def deny(api: str, reason: str = "", status: int = 403) -> Callable[[Simulator, Settings], object]:
    return lambda sim, _: sim.faults.add(api, status=status, reason=reason, times=None)


def put(**values: object) -> Callable[[Simulator, Settings], object]:
    def change(_: Simulator, settings: Settings) -> None:
        for name, value in values.items():
            setattr(settings, name, value)

    return change


def withhold(permission: str) -> Callable[[Simulator, Settings], object]:
    return lambda sim, _: setattr(sim, "withheld_permissions", frozenset({permission}))


def unrecord(*_: object) -> None:
    recorder = MigrationRecorder(connection)
    newest = max(name for app, name in recorder.applied_migrations() if app == "activations")
    recorder.record_unapplied("activations", newest)


def undelivered(state: DeliveryState) -> Callable[[Simulator, Settings], object]:
    return lambda *_: OutboxMessage.objects.create(
        kind="RequestActivation",
        channel=Channel.MAIL,
        state=state,
        created_at=now() - timedelta(hours=3),
        next_attempt_at=now(),
        last_error="535 wrong password",
    )


SET_UPS = {
    "the scope is another organisation": Broken(
        put(RESOURCE_SCOPE="organizations/8"),
        {"IAM policies", "Cloud Asset"},
        "denied|Denied access to scope 'organizations/8'",
        "RESOURCE_SCOPE=organizations/8",
        "gcloud organizations add-iam-policy-binding 8 ",
    ),
    "the scope does not contain the projects": Broken(
        put(RESOURCE_SCOPE="folders/20", AVAILABLE_PROJECTS_QUERY="id:shop-prod"),
        {"Cloud Asset"},
        "shop-prod: none of them is below folders/20",
        "Set RESOURCE_SCOPE",
        "gcloud projects get-ancestors shop-prod",
    ),
    "no project matches the query": Broken(
        put(AVAILABLE_PROJECTS_QUERY="id:no-such-project"),
        {"Projects"},
        "No project matches AVAILABLE_PROJECTS_QUERY=id:no-such-project",
        "Check the query",
    ),
    "the Cloud Asset API is switched off": Broken(
        deny("cloudasset.*", "SERVICE_DISABLED"),
        {"Cloud Asset"},
        "Injected fault",
        "Enable cloudasset.googleapis.com",
        "gcloud services enable cloudasset.googleapis.com --project=jit-access-host",
    ),
    "the account may not use Cloud Asset": Broken(
        deny("cloudasset.*"),
        {"Cloud Asset"},
        "Denied access to scope 'organizations/7'",
        "roles/cloudasset.viewer",
        f"gcloud organizations add-iam-policy-binding 7 {MEMBER} --role=roles/cloudasset.viewer",
    ),
    "a perimeter is in the way": Broken(
        deny("cloudasset.*", "SECURITY_POLICY_VIOLATED"),
        {"Cloud Asset"},
        "Injected fault",
        "perimeter",
    ),
    "the account may not write policies": Broken(
        withhold("resourcemanager.projects.setIamPolicy"),
        {"IAM policies"},
        "Missing on organizations/7: resourcemanager.projects.setIamPolicy",
        "roles/resourcemanager.projectIamAdmin",
        f"gcloud organizations add-iam-policy-binding 7 {MEMBER} --role=roles/resourcemanager.",
    ),
    "the IAM API is switched off": Broken(
        deny("iam.*", "SERVICE_DISABLED"),
        {"IAM roles"},
        "Injected fault",
        "Enable iam.googleapis.com",
        "gcloud services enable iam.googleapis.com",
    ),
    "the account does not read groups": Broken(
        deny("directory.groups.list"),
        {"Groups"},
        "Access to Directory API was denied",
        f"Groups Reader, assign the role to the service account {ACCOUNT}",
    ),
    "the Directory API is switched off": Broken(
        deny("directory.groups.list", "accessNotConfigured"),
        {"Groups"},
        "denied",
        "Enable admin.googleapis.com",
        "gcloud services enable admin.googleapis.com",
    ),
    "groups of groups are not read": Broken(
        lambda sim, _: sim.faults.add(
            "directory.groups.list",
            status=403,
            times=None,
            when=lambda call: "query" in call.params,
        ),
        {"Nested groups"},
        "denied",
        "roles that come through nested groups are missing",
    ),
    "the customer is another one": Broken(
        put(RESOURCE_CUSTOMER_ID="C0other"),
        {"Groups"},
        "no customer C0other",
        "RESOURCE_CUSTOMER_ID",
        "gcloud organizations list --format='value(displayName,owner.directoryCustomerId)'",
    ),
    "the account may not act as itself": Broken(
        lambda sim, _: setattr(sim, "self_impersonation", False),
        {"Self-impersonation"},
        "may not act as itself.*getAccessToken",
        "roles/iam.serviceAccountTokenCreator on itself",
        f"gcloud iam service-accounts add-iam-policy-binding {ACCOUNT} {MEMBER} --role=roles/iam.",
    ),
    "the IAM Credentials API is switched off": Broken(
        deny("iamcredentials.*", "SERVICE_DISABLED"),
        {"Self-impersonation"},
        "Injected fault",
        "Enable iamcredentials.googleapis.com",
        "gcloud services enable iamcredentials.googleapis.com",
    ),
    "the topic is missing": Broken(
        lambda sim, _: sim.company.topics.remove(TOPIC),
        {"Pub/Sub topic"},
        "news does not exist in jit-access-host, or we may not publish",
        "Create the topic",
        "gcloud pubsub topics create news --project=jit-access-host\ngcloud pubsub topics add-iam",
    ),
    "the account may not publish": Broken(
        withhold("pubsub.topics.publish"),
        {"Pub/Sub topic"},
        "we may not publish",
        "let the service account publish",
        "roles/pubsub.publisher",
    ),
    "the secret is missing": Broken(
        put(SECRET_KEY_SECRET="projects/jit-access-host/secrets/other/versions/latest"),
        {"Secrets"},
        "SECRET_KEY_SECRET: The secret '.*other.*' does not exist",
        "correct SECRET_KEY_SECRET",
        "gcloud secrets create other --project=jit-access-host",
    ),
    "the account may not read the secret": Broken(
        deny("secretmanager.*"),
        {"Secrets"},
        "was denied",
        "roles/secretmanager.secretAccessor",
        f"gcloud secrets add-iam-policy-binding key --project=jit-access-host {MEMBER} --role=",
    ),
    "the version of the secret is disabled": Broken(
        deny("secretmanager.*", status=400),
        {"Secrets"},
        "SECRET_KEY_SECRET",
        "Enable the version",
        "gcloud secrets versions enable latest --secret=key --project=jit-access-host",
    ),
    "migrations are missing": Broken(
        unrecord,
        {"Migrations"},
        "1 are not applied: activations",
        "Apply them",
        "python manage.py migrate --no-input",
    ),
    "the evidence is not protected": Broken(
        lambda *_: remove_triggers(connection),
        {"Evidence"},
        "event_no_update",
        "Put the triggers back",
        "python manage.py migrate --no-input",
    ),
    "a message waits for hours": Broken(
        undelivered(DeliveryState.WAITING),
        {"Outbox"},
        "1 messages wait, the oldest for 3 h; 0 were given up. Last error: 535 wrong",
        "/admin/activations/outboxmessage/",
        "python manage.py deliver",
    ),
    "a message was given up": Broken(
        undelivered(DeliveryState.DEAD),
        {"Outbox"},
        "0 messages wait.*1 were given up",
        "send them again",
    ),
    "a scheduler went away": Broken(
        lambda *_: ran("deliver", ago=timedelta(minutes=11)),
        {"Scheduler"},
        "deliver last ran 11 min ago",
        "Have Cloud Scheduler",
        "gcloud scheduler jobs list",
    ),
    "a job fails": Broken(
        lambda *_: ran("reconcile", failure="Denied: no"),
        {"Scheduler"},
        "the last run failed, reconcile: Denied: no",
        "/cron/<job>",
    ),
    "nothing tells the audience": Broken(
        put(PLATFORM=Platform.MACHINE, IAP_BACKEND_SERVICE_ID=""),
        {"IAP audience"},
        "nobody is let in",
        "Set IAP_AUDIENCE",
        "gcloud compute backend-services list",
    ),
    "IAP's keys are out of reach": Broken(
        put(IAP_KEYS_URL="http://127.0.0.1:9/keys"),
        {"IAP keys"},
        "IAP's keys could not be fetched, so nobody",
        "Let the application reach http://127.0.0.1:9/keys",
        "curl -sI http://127.0.0.1:9/keys",
    ),
}


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
    clock = look(ahead=timedelta(seconds=ahead))["Clock"]
    assert clock.state is State.PROBLEM
    assert word in clock.what.replace("59", "60").replace("61", "60")
    assert clock.command == "timedatectl set-ntp true"


def test_schedulers_that_never_called(settings: Settings) -> None:
    from activations.models import JobRun

    JobRun.objects.all().delete()
    settings.PLATFORM = Platform.APP_ENGINE
    found = look()["Scheduler"]
    assert found.what == "deliver has never run; reconcile has never run."
    assert found.command == "gcloud app deploy cron.yaml"


def test_without_metadata_nothing_works_and_the_line_to_begin_with_is_told(
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


@pytest.mark.parametrize(("status", "advice"), [(429, "quota"), (503, "Google is in trouble")])
def test_what_passes_by_itself_is_no_problem(
    status: int, advice: str, simulated: Simulator
) -> None:
    simulated.faults.add("cloudasset.*", status=status, times=None)
    found = look()["Cloud Asset"]
    assert (found.state, advice in found.remedy) == (State.UNKNOWN, True)
    assert len(list(simulated.calls.of("cloudasset.*"))) == 1


def test_a_project_beyond_the_scope_is_passed_over(settings: Settings) -> None:
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
    assert "DATABASE_URL" in findings["Database"].remedy
    assert findings["Cloud Asset"].state is State.OK


def test_a_check_that_hangs_costs_one_line(simulated: Simulator) -> None:
    simulated.faults.add("cloudasset.*", hang=3)
    findings = examine(patient(now), seconds=1.5)
    late = [found for found in findings if found.state is not State.OK]
    assert [(found.name, found.what) for found in late] == [("Cloud Asset", "No answer in time.")]


def test_a_check_that_breaks_costs_one_line() -> None:
    def breaks(_: object) -> list[object]:
        raise RuntimeError("oh")

    checks = [Check("Odd", breaks), examination.CHECKS[0]]  # type: ignore[arg-type]  # it only breaks
    odd, account, *_ = examine(patient(now), checks=checks)
    assert (odd.name, odd.state) == ("Odd", State.UNKNOWN)
    assert odd.what == "The check itself broke: RuntimeError: oh"
    assert account.state is State.OK

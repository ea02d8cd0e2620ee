"""Broken configurations, and what the doctor must report for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from activations.domain.states import Channel, DeliveryState
from activations.evidence.triggers import remove_triggers
from activations.models import OutboxMessage
from eligibility.models import Refresh
from jitaccess.near_names import NearName
from jitaccess.runtime import Platform
from simulator import Simulator
from tests.jitaccess.examined import ran, refreshed
from tests.moments import now

ACCOUNT = "jitaccess@jit-access-host.iam.gserviceaccount.com"
MEMBER = f"--member=serviceAccount:{ACCOUNT}"
TOPIC = "projects/jit-access-host/topics/news"


@dataclass(frozen=True)
class Broken:
    """A broken configuration, and the expected report."""

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
    "a variable is misspelt": Broken(
        put(NEAR_NAMES=(NearName("ADMINISTRATOR", "ADMINISTRATORS"),)),
        {"Variables"},
        "ADMINISTRATOR has no effect. Did you mean ADMINISTRATORS?",
        "Rename ADMINISTRATOR to ADMINISTRATORS",
    ),
    "the scope is another organization": Broken(
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
        "roles that people hold through them are missing",
    ),
    "the customer is another one": Broken(
        put(RESOURCE_CUSTOMER_ID="C0other"),
        {"Groups"},
        "customer C0other does not exist",
        "RESOURCE_CUSTOMER_ID",
        "gcloud organizations list --format='value(displayName,owner.directoryCustomerId)'",
    ),
    "the account may not impersonate itself": Broken(
        lambda sim, _: setattr(sim, "self_impersonation", False),
        {"Self-impersonation"},
        "may not impersonate itself.*getAccessToken",
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
        "news does not exist in jit-access-host, or the service account may not publish",
        "Create the topic",
        "gcloud pubsub topics create news --project=jit-access-host\ngcloud pubsub topics add-iam",
    ),
    "the account may not publish": Broken(
        withhold("pubsub.topics.publish"),
        {"Pub/Sub topic"},
        "the service account may not publish",
        "grant the service account permission to publish",
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
    "the secret with the database's address is missing": Broken(
        put(DATABASE_URL_SECRET="projects/jit-access-host/secrets/other/versions/latest"),
        {"Secrets"},
        "DATABASE_URL_SECRET: The secret '.*other.*' does not exist",
        "correct DATABASE_URL_SECRET",
        "gcloud secrets create other --project=jit-access-host",
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
        "Run `manage.py migrate`, which corrects them.",
        "python manage.py migrate --no-input",
    ),
    "a message has been waiting for hours": Broken(
        undelivered(DeliveryState.WAITING),
        {"Outbox"},
        "1 messages are waiting, the oldest for 3 h; 0 could not be delivered. Last error: 535 wrong",
        "/admin/activations/outboxmessage/",
        "python manage.py deliver",
    ),
    "a message could not be delivered": Broken(
        undelivered(DeliveryState.DEAD),
        {"Outbox"},
        "0 messages are waiting.*1 could not be delivered",
        "resend the messages",
    ),
    "a scheduler has stopped": Broken(
        lambda *_: ran("deliver", ago=timedelta(minutes=11)),
        {"Scheduler"},
        "deliver last ran 11 min ago",
        "Let Cloud Scheduler",
        "gcloud scheduler jobs list",
    ),
    "a job fails": Broken(
        lambda *_: ran("reconcile", failure="Denied: no"),
        {"Scheduler"},
        "the last run failed, reconcile: Denied: no",
        "run the jobs jitaccess-decide, jitaccess-deliver, jitaccess-remind and jitaccess-start every minute",
    ),
    "the index is old": Broken(
        lambda *_: refreshed(ago=timedelta(hours=7), error="Denied: no"),
        {"Eligibility index"},
        "It is 7 h old. Last error: Denied: no",
        "Let a scheduler run the refresh",
        "gcloud run jobs execute jitaccess-refresh",
    ),
    "the index has a date in the future": Broken(
        lambda *_: refreshed(ago=timedelta(days=-3)),
        {"Eligibility index"},
        "A wrong clock dated it to the future",
        "Let a scheduler run the refresh",
        "gcloud run jobs execute jitaccess-refresh",
    ),
    "the index was never complete": Broken(
        lambda *_: Refresh.objects.all().delete(),
        {"Eligibility index"},
        "It was never complete",
        "Let a scheduler run the refresh",
        "gcloud run jobs execute jitaccess-refresh",
    ),
    "BASE_URL is not set": Broken(
        put(BASE_URL=""),
        {"Public address"},
        "BASE_URL is not set: every host is accepted",
        "Set BASE_URL to the address that people open",
    ),
    "the endpoint of one API is wrong": Broken(
        put(GOOGLE_API_ENDPOINTS={"cloudasset": "http://127.0.0.1:9"}),
        {"Cloud Asset"},
        "could not be reached",
        "GOOGLE_API_ENDPOINT_CLOUDASSET",
        "curl -sI https://cloudasset.googleapis.com",
    ),
    "the proxy does not answer": Broken(
        put(
            HTTPS_PROXY="http://127.0.0.1:9",
            GOOGLE_API_ENDPOINTS={"cloudasset": "https://cloudasset.example.com"},
        ),
        {"Cloud Asset"},
        "The proxy of HTTPS_PROXY could not be reached",
        "HTTPS_PROXY",
        "curl -sI https://cloudasset.googleapis.com",
    ),
    "no audience is configured": Broken(
        put(PLATFORM=Platform.MACHINE, IAP_BACKEND_SERVICE_ID=""),
        {"IAP audience"},
        "all requests are rejected",
        "Set IAP_AUDIENCE",
        "gcloud compute backend-services list",
    ),
    "IAP's keys cannot be fetched": Broken(
        put(IAP_KEYS_URL="http://127.0.0.1:9/keys"),
        {"IAP keys"},
        "IAP's keys could not be fetched. All requests are rejected",
        "Let the application reach http://127.0.0.1:9/keys",
        "curl -sI http://127.0.0.1:9/keys",
    ),
}

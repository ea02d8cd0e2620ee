"""Checks of the topic, the secrets and the mail server that notifications depend on; sends nothing."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import replace

from django.conf import settings

from activations.notifications.failures import DeliveryFailed
from activations.notifications.mail_server import MailServer
from activations.notifications.smtp import Smtp
from googlecloud.errors import Denied, GoogleCloudError, NotFound
from jitaccess.doctor.check_result import CheckResult, ok, problem
from jitaccess.doctor.target import LONGEST_CALL, Target
from jitaccess.doctor.trouble import trouble

MAIL, TOPIC, SECRETS = "Mail server", "Pub/Sub topic", "Secrets"
READ_SECRETS = "roles/secretmanager.secretAccessor"


def topic(target: Target) -> Iterator[CheckResult]:
    name = settings.NOTIFICATION_TOPIC
    if not name:
        yield ok(TOPIC, "not used: NOTIFICATION_TOPIC is not set")
        return
    where = f"{name} --project={target.project}"
    grant = (
        f"gcloud pubsub topics create {where}\n"
        f"gcloud pubsub topics add-iam-policy-binding {where} {target.member}"
        " --role=roles/pubsub.publisher"
    )
    remedy = "Create the topic and grant the service account permission to publish to it."
    try:
        takes_ours = target.cloud.pubsub.may_publish(project_id=target.project, topic=name)
    except GoogleCloudError as error:
        yield trouble(TOPIC, error, target=target, service="pubsub", remedy=remedy, command=grant)
        return
    if takes_ours:
        yield ok(TOPIC, f"{name} accepts messages")
    else:
        what = f"{name} does not exist in {target.project}, or the service account may not publish to it."
        yield problem(TOPIC, what, remedy, grant)


def secrets(target: Target) -> Iterator[CheckResult]:
    """Read each secret and discard it: only reading proves that its version can be read."""
    server = settings.MAIL_SERVER
    used = {
        "SECRET_KEY_SECRET": settings.SECRET_KEY_SECRET,
        "DATABASE_URL_SECRET": settings.DATABASE_URL_SECRET,
        "SMTP_SECRET": server.secret if server else "",
    }
    named = {variable: secret for variable, secret in used.items() if secret}
    if not named:
        yield ok(
            SECRETS, "not used: SECRET_KEY_SECRET, DATABASE_URL_SECRET and SMTP_SECRET are not set"
        )
    for variable, secret in named.items():
        yield _secret(target, variable, secret)


def _secret(target: Target, variable: str, secret: str) -> CheckResult:
    try:
        target.cloud.secret_manager.access(name=secret)
    except GoogleCloudError as error:
        remedy, command = _way_to_secret(target, variable, secret, error)
        found = trouble(
            SECRETS,
            error,
            target=target,
            service="secretmanager",
            remedy=remedy,
            command=command,
        )
        return replace(found, what=f"{variable}: {found.what}")
    return ok(SECRETS, f"{variable} can be read")


def _way_to_secret(
    target: Target, variable: str, secret: str, error: GoogleCloudError
) -> tuple[str, str]:
    """Return what to do and the command, depending on Google's error."""
    _, project, _, name, _, version = secret.split("/")[-6:]
    where = f"{name} --project={project}"
    if isinstance(error, NotFound):
        remedy = f"Create the secret, or correct {variable}."
        return remedy, f"gcloud secrets create {where} --data-file=-"
    if isinstance(error, Denied):
        command = f"gcloud secrets add-iam-policy-binding {where} {target.member}"
        remedy = f"Grant the service account {READ_SECRETS} on the secret."
        return remedy, f"{command} --role={READ_SECRETS}"
    remedy = "Enable the version, or name another one."
    return remedy, f"gcloud secrets versions enable {version} --secret={where}"


def mail(_: Target) -> Iterator[CheckResult]:
    """Connect, start TLS and sign in; send nothing."""
    server = settings.MAIL_SERVER
    if server is None:
        yield ok(MAIL, "not used: SMTP_SENDER_ADDRESS is not set, so no mail is sent")
        return
    if missing := server.lacks_for_login:
        what = f"{missing} is not set, so mails are sent to {server.host} without signing in."
        remedy = (
            f"Set {missing}. If {server.host} needs no sign-in, remove the other half, or set"
            " SMTP_OPTIONS=mail.smtp.auth=false."
        )
        yield problem(MAIL, what, remedy)
        return
    smtp = Smtp(replace(server, timeout=min(server.timeout, LONGEST_CALL)))
    try:
        smtp.greet()
    except DeliveryFailed as failure:
        yield mail_problem(MAIL, server, failure)
    else:
        how = f"{server.host}:{server.port} over {server.security.value}"
        signed = f", signed in as {server.username}" if server.authenticates else ""
        yield ok(MAIL, f"{how}{signed}")
    finally:
        smtp.close()


def mail_problem(name: str, server: MailServer, failure: DeliveryFailed) -> CheckResult:
    """Return the result for a mail server's refusal: which part of the configuration to correct."""
    cause = failure.__cause__
    where = f"{server.host}:{server.port}"
    connect = f"openssl s_client -starttls smtp -connect {where}"
    if isinstance(cause, smtplib.SMTPAuthenticationError):
        remedy = (
            "Correct SMTP_USERNAME and SMTP_PASSWORD or SMTP_SECRET. Gmail requires an app password,"
            " which needs 2-step verification on the account."
        )
        return problem(name, str(failure), remedy)
    if isinstance(cause, ssl.SSLCertVerificationError):
        remedy = (
            "Set SMTP_HOST to the name in the certificate; SSL_CERT_FILE adds a CA of your own."
        )
        return problem(name, str(failure), remedy, connect)
    if isinstance(cause, smtplib.SMTPNotSupportedError):
        remedy = (
            "The server does not offer what the configuration requires. If it expects TLS from the start, set"
            " SMTP_PORT=465 and SMTP_OPTIONS=mail.smtp.ssl.enable=true."
        )
        return problem(name, str(failure), remedy, connect)
    if isinstance(cause, OSError) and not isinstance(cause, smtplib.SMTPException):
        remedy = (
            f"Check that SMTP_HOST and SMTP_PORT are right ({where}) and that the server can be reached from here;"
            " Google Cloud blocks port 25."
        )
        return problem(name, str(failure), remedy, connect)
    return problem(name, str(failure), "Ask the administrator of the mail server.", connect)

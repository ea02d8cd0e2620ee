"""Reads SMTP_* and NOTIFICATION_*, and checks them at the start."""

from __future__ import annotations

import logging
import re
from datetime import tzinfo

from django.core.exceptions import ImproperlyConfigured

from activations.notifications.address_mapping import AddressMapping, UnusableMapping
from activations.notifications.mail_server import MailServer, Security
from jitaccess.environment import Environment
from jitaccess.secret_texts import check_secret_name
from jitaccess.smtp_options import SmtpOptions, smtp_options
from jitaccess.time_zone import time_zone

logger = logging.getLogger("jitaccess.mail")

ADDRESS = re.compile(r"[^\s@<>,;:\"\\()\[\]]+@[^\s@<>,;:\"\\()\[\]]+")
TOPIC = re.compile(r"[A-Za-z][A-Za-z0-9._~+%-]{2,254}")
TIMEOUT_SECONDS = 20.0
EVENT = {"event": "runtime.startup"}


def notification_zone(env: Environment) -> tzinfo:
    """Return the time zone for times in mails.

    :raises ImproperlyConfigured: when the zone does not exist.
    """
    return time_zone("NOTIFICATION_TIMEZONE", env.text("NOTIFICATION_TIMEZONE", "UTC"))


def notification_topic(env: Environment) -> str:
    """Return the Pub/Sub topic, in the application's own project; '' when messages are not published.

    :raises ImproperlyConfigured: when it is not the name of a topic without its path.
    """
    topic = env.text("NOTIFICATION_TOPIC")
    if topic and not TOPIC.fullmatch(topic):
        raise ImproperlyConfigured(
            f"NOTIFICATION_TOPIC must be the name of a topic without its path, not {topic!r}."
        )
    return topic


def mail_server(env: Environment) -> MailServer | None:
    """Return the mail server; None when there is no sender address, so no mail is sent.

    :raises ImproperlyConfigured: naming the variable with the invalid value.
    """
    options = env.read(lambda env: smtp_options(env.text("SMTP_OPTIONS")), smtp_options(""))
    server = MailServer(
        host=options.get("host", env.text("SMTP_HOST", "smtp.gmail.com")),
        port=options.get("port", env.integer("SMTP_PORT", 587, at_least=1, at_most=65535)),
        sender_address=_address(env, env.text("SMTP_SENDER_ADDRESS"), "SMTP_SENDER_ADDRESS"),
        sender_name=_one_line(env, env.text("SMTP_SENDER_NAME", "JIT Access"), "SMTP_SENDER_NAME"),
        security=_security(env, options),
        **_login(env, options),
        envelope_sender=_address(env, options.get("from", ""), "SMTP_OPTIONS: mail.smtp.from"),
        local_hostname=options.get("localhost", ""),
        timeout=options.timeout(TIMEOUT_SECONDS),
        mapping=_mapping(env),
        ignored_options=options.ignored,
    )
    if not server.sender_address:
        return None
    if server.port == 25:
        return env.refuse(
            "SMTP_PORT: SMTP on port 25 is not allowed on Google Cloud. Use 587 or 465.", None
        )
    return server


def log_mail_settings(server: MailServer | None) -> None:
    """Log once, at the start, which settings have no effect or are insecure."""
    if server is None:
        logger.warning(
            "The SMTP configuration is incomplete: no mail is sent, because SMTP_SENDER_ADDRESS is not set",
            extra=EVENT,
        )
        return
    for line in server.ignored_options:
        logger.warning("SMTP_OPTIONS: ignored: %s", line, extra=EVENT)
    if missing := server.lacks_for_login:
        logger.warning(
            "Mails are sent to %s without signing in, because %s is not set",
            server.host,
            missing,
            extra=EVENT,
        )
    if server.authenticates and server.security is Security.NONE:
        logger.warning("The password for %s is sent without encryption", server.host, extra=EVENT)


def _security(env: Environment, options: SmtpOptions) -> Security:
    starttls = env.boolean("SMTP_ENABLE_STARTTLS", default=True)
    if options.values.get("ssl.enable"):
        return Security.TLS
    wanted = options.get("starttls.enable", starttls) or options.values.get("starttls.required")
    return Security.STARTTLS if wanted else Security.NONE


def _login(env: Environment, options: SmtpOptions) -> dict[str, str]:
    """Return user name, password and secret; none of them where signing in is switched off."""
    found = {
        "username": env.text("SMTP_USERNAME"),
        "password": env.text("SMTP_PASSWORD"),
        "secret": _secret(env),
    }
    return {} if options.values.get("auth") is False else found


def _secret(env: Environment) -> str:
    secret = env.text("SMTP_SECRET")
    try:
        if secret:
            check_secret_name("SMTP_SECRET", secret)
    except ImproperlyConfigured as error:
        return env.refuse(str(error), "")
    return secret


def _mapping(env: Environment) -> AddressMapping:
    try:
        return AddressMapping(env.text("SMTP_ADDRESS_MAPPING"))
    except UnusableMapping as error:
        return env.refuse(f"SMTP_ADDRESS_MAPPING: {error}", AddressMapping(""))


def _address(env: Environment, text: str, name: str) -> str:
    if text and not (ADDRESS.fullmatch(text) and text.isprintable()):
        return env.refuse(f"{name} must be a mail address, not {text!r}.", "")
    return text


def _one_line(env: Environment, text: str, name: str) -> str:
    if not text.isprintable():
        return env.refuse(f"{name} must be one line of text, not {text!r}.", "")
    return text

"""A test message, sent only on demand."""

from __future__ import annotations

import logging
from email.message import EmailMessage
from email.utils import formataddr, localtime, make_msgid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from activations.notifications.failures import DeliveryFailed
from activations.notifications.mail_server import MailServer
from activations.notifications.smtp import Smtp
from jitaccess.doctor.check_result import CheckResult, ok, problem
from jitaccess.doctor.messages import mail_problem

logger = logging.getLogger("jitaccess.doctor")

NAME = "Test message"
EVENT = "doctor.testMessage"
TEXT = "This is a test message. If you read it, JIT Access can send mail.\n"


def send_trial_mail(to: str) -> CheckResult:
    """Hand one message to the mail server immediately."""
    server = settings.MAIL_SERVER
    if server is None:
        remedy = "Set SMTP_SENDER_ADDRESS, and SMTP_HOST unless you use Gmail."
        return problem(NAME, "Mail is not configured.", remedy)
    try:
        validate_email(to)
    except ValidationError:
        return problem(NAME, f"{to!r} is not a mail address.", "Enter a mail address.")
    smtp = Smtp(server)
    try:
        smtp.send(recipients=[to], content=_mail(to, server))
    except DeliveryFailed as failure:
        logger.warning("The test message to %s failed: %s", to, failure, extra={"event": EVENT})
        return mail_problem(NAME, server, failure)
    finally:
        smtp.close()
    logger.info("A test message was sent to %s", to, extra={"event": EVENT})
    return ok(NAME, f"The mail server accepted the message for {to}.")


def _mail(to: str, server: MailServer) -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "JIT Access: test message"
    mail["From"] = formataddr((server.sender_name, server.sender_address))
    mail["To"] = to
    mail["Date"] = localtime()
    mail["Message-ID"] = make_msgid(domain=server.domain)
    mail.set_content(TEXT)
    return mail.as_bytes()

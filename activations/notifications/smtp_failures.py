"""Turns errors of the mail server into delivery failures."""

from __future__ import annotations

import smtplib
import ssl

from activations.notifications.failures import DeliveryFailed

LONGEST = 500
PERMANENT = 500
NOT_SENT = "The notification could not be sent"


def delivery_failure(error: Exception) -> DeliveryFailed:
    """Return the failure, which concerns either this message or the whole channel."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        text = ", ".join(refusal(name, *answer) for name, answer in error.recipients.items())
        codes = {code for code, _ in error.recipients.values()}
        return _of_message(text, is_permanent=min(codes, default=0) >= PERMANENT)
    if isinstance(error, smtplib.SMTPDataError):
        text = answered(error.smtp_code, error.smtp_error)
        return _of_message(text, is_permanent=error.smtp_code >= PERMANENT)
    return DeliveryFailed(f"{NOT_SENT}: {_channel_trouble(error)}", whole_channel=True)


def refusal(recipient: str, code: int, text: bytes | str) -> str:
    """Format the server's answer about one refused recipient."""
    return f"{recipient}: {answered(code, text)}"


def answered(code: int, text: bytes | str) -> str:
    """Format the server's answer on one line."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"[:LONGEST]


def _of_message(text: str, *, is_permanent: bool) -> DeliveryFailed:
    text = f"{NOT_SENT}: {text}"
    return DeliveryFailed.permanent(text) if is_permanent else DeliveryFailed(text)


def _channel_trouble(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        kind = "authentication failed: " * isinstance(error, smtplib.SMTPAuthenticationError)
        return f"{kind}{answered(error.smtp_code, error.smtp_error)}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the mail server's certificate was not accepted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    return (str(error) or type(error).__name__)[:LONGEST]

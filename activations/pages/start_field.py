"""The field for a later start, in the organization's time zone; a script converts it to the viewer's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from django.conf import settings

from activations.domain.rules import Refusal
from activations.pages.forms import read_start

IN_FORMS = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class StartField:
    """The value in the zone, the same in UTC for the script, and the name of the zone."""

    value: str
    utc: str
    zone: str


def start_field(text: str) -> StartField:
    """Return the field with what was typed before; a text that is no date and time is shown as it is."""
    zone = settings.NOTIFICATION_TIMEZONE
    try:
        start = read_start(text)
    except Refusal:
        return StartField(text, "", str(zone))
    if start is None:
        return StartField("", "", str(zone))
    local, utc = start.astimezone(zone), start.astimezone(UTC)
    return StartField(f"{local:{IN_FORMS}}", f"{utc:{IN_FORMS}}Z", str(zone))

"""The request bar of an extension: only durations that the server accepts, and the end that they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from activations.domain.rules import Refusal
from activations.pages.demands import demands_of
from activations.pages.forms import RequestForm, whole_minutes
from activations.pages.request_bar import Preset, request_bar
from activations.services.extension_offer import Offer


def extension_bar(form: RequestForm, offers: Sequence[Offer]) -> dict[str, object]:
    """Return the context of `parts/request_bar.html` for the extension of all of these accesses."""
    terms = [offer.terms for offer in offers]
    least = max(offer.least for offer in offers)
    most = min(offer.most for offer in offers)
    bar = request_bar(form, terms)
    presets = [one for one in _presets(bar) if least <= int(one.minutes) <= most]
    minutes = _minutes(form) or max(offer.usual for offer in offers)
    return bar | {
        "demands": replace(demands_of(terms), longest_minutes=most),
        "presets": presets,
        "least_minutes": least,
        "shown_minutes": minutes,
        "new_end": new_end(offers, minutes),
        "eligible_until": min((o.eligible_until for o in offers if o.eligible_until), default=None),
        "cannot": next((offer.refusal for offer in offers if offer.refusal), ""),
    }


def new_end(offers: Sequence[Offer], minutes: int) -> datetime:
    """Return when the first of these accesses would end."""
    return min(offer.ends(minutes) for offer in offers)


def _presets(bar: dict[str, object]) -> list[Preset]:
    found = bar["presets"]
    return list(found) if isinstance(found, list) else []


def _minutes(form: RequestForm) -> int:
    """Return the typed minutes; 0 when they are no duration that a calendar has."""
    try:
        minutes = whole_minutes(form.details["minutes"])
    except Refusal:
        return 0
    return minutes if minutes <= 7 * 24 * 60 else 0

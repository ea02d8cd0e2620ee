"""The access that ends soon, for the notice on all pages, and its extension with one click on My access."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from activations.domain.ending_soon import ends_soon
from activations.models import Grant, User
from activations.pages.active_lines import ActiveLine, lines_of
from activations.pages.forms import new_key
from activations.people.access_facts import held_by
from activations.services.extension_offer import Offer, extension_offer
from googlecloud.errors import GoogleCloudError
from policies.rules.facts import FactsMissing
from policies.services.active import UnusablePolicy


@dataclass(frozen=True, slots=True)
class EndingLine:
    """One access that ends soon, and what one click extends it by; no offer where it is not known."""

    line: ActiveLine
    offer: Offer | None = None

    @property
    def needs_approval(self) -> bool:
        return self.offer.needs_approval if self.offer else False

    @property
    def new_end(self) -> datetime | None:
        return self.offer.ends(self.offer.usual) if self.offer else None

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The values of the form: those of the request that gave the access, with the usual duration."""
        if self.offer is None:
            return []
        asked = self.line.grant.request
        return [
            ("grant", str(self.line.grant.pk)),
            ("key", new_key()),
            ("minutes", str(self.offer.usual)),
            ("justification", asked.justification),
            ("ticket", asked.ticket),
        ]


def ending_soon(user: User, now: datetime) -> list[ActiveLine]:
    """Return what ends soon, the first to end on top. Takes two queries, one if there is none."""
    held = [group[0] for group in held_by(user, now=now)]
    found = [grant for grant in held if _is_due(grant, now)]
    return sorted(lines_of(found, now), key=lambda line: line.ends) if found else []


def ending_lines(lines: Sequence[ActiveLine], user: User, now: datetime) -> list[EndingLine]:
    """Return those of the active lines that end soon, with what one click would do."""
    due = [line for line in lines if _is_due(line.grant, now)]
    return [EndingLine(line, _offer(line.grant, user, now)) for line in due]


def _is_due(grant: Grant, now: datetime) -> bool:
    return grant.ending_asked_at is None and ends_soon(
        grant.start_time, grant.access_end, now=now, within=settings.ENDING_SOON
    )


def _offer(grant: Grant, user: User, now: datetime) -> Offer | None:
    """Return the offer, if the server would accept it; the form of the extension says why it would not."""
    try:
        offer = extension_offer(grant=grant, user=user, now=now)
    except (GoogleCloudError, FactsMissing, UnusablePolicy):
        return None
    # Break glass may need an approval now, whose reviewers the form offers.
    return None if offer.refusal or grant.request.break_glass else offer

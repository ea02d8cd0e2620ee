"""Duration, ticket and justification: the part that all request forms share."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from activations.domain.refusals import NotAvailable
from activations.domain.request_details import RequestDetails
from activations.domain.text import minutes_in_words
from activations.iam.dependencies import current_limits
from activations.models import Request
from activations.pages.demands import demands_of
from activations.pages.forms import RequestForm
from activations.pages.start_field import start_field
from activations.people.actor import user_of
from activations.services.access_rules import usual_minutes
from activations.services.history import find_request
from policies.rules.requirements import Terms

PRESETS = (30, 60, 120)


@dataclass(frozen=True, slots=True)
class Preset:
    """A button for a common duration."""

    minutes: str
    words: str


@dataclass(frozen=True, slots=True)
class LastTime:
    """Duration and justification of the latest request, which a button fills in."""

    minutes: int
    justification: str

    @property
    def duration(self) -> str:
        return minutes_in_words(self.minutes)


def blank_form(project_id: str, *roles: str) -> RequestForm:
    """Return an empty form with the default duration, and with these roles chosen."""
    details = RequestDetails(minutes=usual_minutes()).texts()
    return RequestForm(project_id, details, roles=roles, is_untouched=True)


def request_bar(
    form: RequestForm, terms: Sequence[Terms], *, recent: Sequence[Request] = ()
) -> dict[str, object]:
    """Return the context of `parts/request_bar.html`, for roles with these terms.

    `recent` are the person's latest requests, newest first. Adopted access was not requested here, so
    its duration and justification are not offered again.
    """
    limits = current_limits()
    demands = demands_of(terms)
    last = [one for one in recent if not one.adopted_key][:1]
    if form.is_untouched:
        form = form.for_minutes(demands.usual_minutes)
    return {
        "form": form,
        "limits": limits,
        "demands": demands,
        "start": start_field(form.details["start_at"]),
        "last_time": [LastTime(one.minutes, one.justification) for one in last],
        "presets": [
            Preset(str(count), minutes_in_words(count))
            for count in PRESETS
            if count <= demands.longest_minutes
        ],
    }


def form_for(request: HttpRequest, project_id: str) -> RequestForm:
    """Return an empty form, or one with the values of the person's request in `?again=`."""
    user = user_of(request)
    try:
        again = uuid.UUID(request.GET.get("again", ""))
        earlier = find_request(user=user, request_id=again)
    except (ValueError, NotAvailable):
        return blank_form(project_id)
    is_alike = earlier.project_id == project_id and earlier.belongs_to(user)
    return RequestForm.like(earlier) if is_alike else blank_form(project_id)

"""`/access/extend`: extends several accesses with one form, and shows what came of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.models import Grant
from activations.pages.active_lines import lines_of
from activations.pages.chosen_grants import chosen_grants, hidden_ids
from activations.pages.extension_bar import extension_bar
from activations.pages.forms import Attempt, RequestForm, note_retry_form
from activations.pages.outcome_lines import OutcomeLine, outcome_lines
from activations.people.actor import actor_of, user_of
from activations.services.extension import Extension
from activations.services.extension_offer import Offer, extension_offer
from activations.services.several_extensions import extend_several as extend_grants


@require_http_methods(["GET", "HEAD", "POST"])
def extend_several(request: HttpRequest) -> HttpResponse:
    """Show the form for the chosen access, or extend it and show the results."""
    grants = chosen_grants(request)
    if not grants:
        return render(request, "pages/extend_several.html", {"is_empty": True})
    if request.method == "POST":
        return _extend(request, grants)
    if len(grants) == 1:
        return redirect("extend", grant_id=grants[0].pk)
    return _page(request, grants, None)


def _extend(request: HttpRequest, grants: Sequence[Grant]) -> HttpResponse:
    form = RequestForm.sent(request.POST)
    values = [("grant", one) for one in hidden_ids(grants)]
    values += [("key", form.key), *form.details.items()]
    home = reverse("my-access")
    note_retry_form(request, Attempt(request.path, tuple(values), home, "Back to My access"))
    try:
        asked = Extension(details=form.checked_details(), idempotency_key=form.key)
        results = extend_grants(
            grants=grants,
            asked=asked,
            actor=actor_of(request),
            dependencies=current_dependencies(),
        )
    except Refusal as error:
        return _page(request, grants, form.again(), refusal=str(error))
    lines = outcome_lines(results, reader=user_of(request).email, now=timezone.now())
    context = {
        "lines": lines,
        "done": sum(line.is_done for line in lines),
        "again_url": _again_url(grants, lines),
    }
    return render(request, "pages/extended.html", context)


def _again_url(grants: Sequence[Grant], lines: Sequence[OutcomeLine]) -> str:
    """Return the form for those that were not extended; '' when all were."""
    left = [grant for grant, line in zip(grants, lines, strict=True) if not line.is_done]
    query = urlencode([("grant", one) for one in hidden_ids(left)])
    return f"{reverse('extend-several')}?{query}" if left else ""


def _page(
    request: HttpRequest, grants: Sequence[Grant], form: RequestForm | None, *, refusal: str = ""
) -> HttpResponse:
    """Show the form. Access that cannot be extended now is named with the reason, and left out.

    :raises FactsMissing, UnusablePolicy, googlecloud.errors.GoogleCloudError: when it is not known what
        the access policy requires.
    """
    now, user = timezone.now(), user_of(request)
    offers = [extension_offer(grant=grant, user=user, now=now) for grant in grants]
    possible = [offer for offer in offers if not offer.refusal]
    lines = lines_of([offer.grant for offer in possible], now)
    left_out = [offer for offer in offers if offer.refusal]
    refused = lines_of([offer.grant for offer in left_out], now)
    context: dict[str, object] = {
        "lines": lines,
        "left_out": list(zip(refused, (offer.refusal for offer in left_out), strict=True)),
        "refusal": refusal,
    }
    if possible:
        context |= _bar(form or _filled_in(possible), possible)
    status = 400 if refusal else 200
    return render(request, "pages/extend_several.html", context, status=status)


def _bar(form: RequestForm, offers: Sequence[Offer]) -> dict[str, object]:
    bar = extension_bar(form, offers)
    longest_wait, shortest = max(one.least for one in offers), min(one.most for one in offers)
    return bar | {
        "form": form,
        "key": form.key,
        "grant_ids": hidden_ids([offer.grant for offer in offers]),
        "fits": longest_wait <= shortest,
        "any_approval": any(offer.needs_approval for offer in offers),
    }


def _filled_in(offers: Sequence[Offer]) -> RequestForm:
    """Return the form of the first request, with a duration that all of them may have."""
    least, most = max(one.least for one in offers), min(one.most for one in offers)
    usual = min(max(least, *(one.usual for one in offers)), most)
    form = RequestForm.like(offers[0].grant.request)
    same = {offer.grant.request.justification for offer in offers}
    details = form.details if len(same) == 1 else {**form.details, "justification": ""}
    return replace(form, details=details, roles=(), approvals=()).for_minutes(usual)

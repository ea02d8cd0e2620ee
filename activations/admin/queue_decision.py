"""One decision on one request, from the page of that request."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone

from activations.admin.as_of import forget_moment
from activations.admin.bulk_actions import BulkActionAdmin
from activations.admin.cells import utc_text
from activations.domain.refusals import Moved, NotAllowed, OutcomeNotStored, OutcomePending
from activations.domain.rules import Refusal
from activations.domain.states import RequestState
from activations.domain.text import in_words
from activations.iam.dependencies import current_dependencies
from activations.models import Request
from activations.pages.forms import whole_minutes
from activations.pages.stage_words import progress_in_words
from activations.pages.wording import short_role
from activations.people.access_facts import accesses_of_requests
from activations.people.actor import Actor, actor_of
from activations.people.stage_progress import stages_of
from activations.services.approval import approve
from activations.services.bulk_decisions import Outcome
from activations.services.review import decline
from eligibility.judgement import NotEligible

DECISIONS: dict[str, Callable[..., Request]] = {"approve": approve, "decline": decline}
STATUS = {Refusal: 400, NotAllowed: 403, NotEligible: 403, Moved: 409}
LONGEST_FILTERS = 1000
AGAIN = "You already made this decision; nothing was changed"


def decide(verb: str, key: uuid.UUID, comment: str, actor: Actor, *, minutes: str = "") -> Outcome:
    """Record the decision through the service, which checks whether it is allowed.

    `minutes` is the longest duration to approve, as it was typed; '' for what was requested.

    :raises Refusal, NotAllowed, NotEligible, Moved, OutcomePending: as the service does.
    :raises googlecloud.errors.GoogleCloudError: as the service does.
    """
    row = Request.objects.get(pk=key)
    was_pending = row.state == RequestState.PENDING
    less = {"minutes": whole_minutes(minutes)} if minutes and verb == "approve" else {}
    DECISIONS[verb](
        request=row,
        actor=actor,
        comment=comment,
        dependencies=current_dependencies(),
        **less,
    )
    if not was_pending:
        return Outcome(row.state.capitalize(), AGAIN, "ended")
    if row.state == RequestState.PENDING:
        return Outcome(
            "Approval recorded",
            f"Approved so far: {progress_in_words(stages_of(row))}",
            "provisioning",
        )
    if verb == "decline":
        return Outcome(
            "Declined", f"{row.beneficiary_email} is notified with your comment", "ended"
        )
    return Outcome("Approved", _granted(row), "active")


def _granted(row: Request) -> str:
    """Return what the approval granted, and until when all requests together give the role."""
    who, role = row.beneficiary_email, f"{short_role(row.role)} on {row.project_id}"
    until = accesses_of_requests([row], now=timezone.now()).of_request(row).until
    if until is None:
        return f"{role} was granted to {who} for {in_words(row.duration)}"
    return f"{who} holds {role} until {utc_text(until)}"


def decision_page(
    site: BulkActionAdmin, request: HttpRequest, *, key: uuid.UUID, verb: str
) -> HttpResponse:
    """Return to the queue with a message after a decision; show the page again after a refusal.

    :raises Http404: when the request is not in the queue of this person.
    """
    if site.get_object(request, str(key)) is None:
        raise Http404(f"There is no request {key} in your queue.")
    if request.method != "POST":
        return HttpResponseRedirect(site.address("change", key))
    comment, minutes = request.POST.get("comment", ""), request.POST.get("minutes", "").strip()
    try:
        made = decide(verb, key, comment, actor_of(request), minutes=minutes)
    except (Refusal, NotAllowed, NotEligible, Moved) as error:
        return _refused(site, request, key, error, typed={verb: comment, "minutes": minutes})
    except OutcomeNotStored:
        raise  # the queue needs the database
    except OutcomePending as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"{made.word}. {made.details}.")
    return HttpResponseRedirect(_list(site, request))


def _list(site: BulkActionAdmin, request: HttpRequest) -> str:
    """Return the URL of the list, with the filters and the order from which the decision was made."""
    filters = QueryDict(request.POST.get("list", "")[:LONGEST_FILTERS]).urlencode()
    return f"{site.address('changelist')}?{filters}".rstrip("?")


def _refused(
    site: BulkActionAdmin,
    request: HttpRequest,
    key: uuid.UUID,
    error: Exception,
    *,
    typed: dict[str, str],
) -> HttpResponse:
    """Show the current page with the reason of the refusal and the text that was entered."""
    forget_moment(request)
    row = site.get_object(request, str(key))
    context = site.record_context(row, request) | {"problem": str(error), "typed": typed}
    status = next(STATUS[kind] for kind in STATUS if isinstance(error, kind))
    return TemplateResponse(request, site.record_template, context, status=status)

"""The page of a decision about several requests: results row by row, kept for a day.

Its script sends one POST for each row. Without it, a button decides ten rows at a time. The job `decide`
finishes what is left.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from activations.admin.bulk_actions import BulkActionAdmin, Choice
from activations.admin.outcomes import UNKNOWN, outcome_of
from activations.admin.queue_decision import decide
from activations.models import BulkDecision, BulkDecisionRow
from activations.people.actor import Actor, actor_of, user_of
from activations.services.bulk_decisions import (
    Counts,
    Outcome,
    Selected,
    decide_row,
    finish_left,
    start,
    stored_actor,
)
from googlecloud.calls import Deadline

AT_ONCE = 10
PAGE = "admin/activations/queueditem/decisions.html"
VERDICT = "admin/activations/queueditem/verdict.html"
TITLES = {"approve": "Approve", "decline": "Decline"}


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One row of the page: the request's cells, its link, and the result so far."""

    row: BulkDecisionRow
    cells: list[tuple[str, object]]
    address: str
    decide_address: str


def start_bulk(site: BulkActionAdmin, choice: Choice, request: HttpRequest) -> HttpResponse:
    """Store the decision, and show its page. Without its script, decide the first rows before.

    :raises Refusal, NotAvailable: as `start` does.
    """
    verb = "approve" if choice.action.name == "approve_selected" else "decline"
    decision = start(
        key=_key(request),
        actor=actor_of(request),
        verb=verb,
        comment=choice.comment,
        selected=[Selected(line.key, line.row) for line in choice.lines],
        unknown=UNKNOWN,
        now=timezone.now(),
    )
    if "scripted" not in request.POST:
        _decide_some(decision, actor_of(request))
    response = HttpResponseRedirect(site.address("decisions", decision.pk))
    response.status_code = 303
    return response


def _key(request: HttpRequest) -> uuid.UUID:
    """Return the key of the confirmation page, which makes a second click the same decision."""
    try:
        return uuid.UUID(request.POST.get("decision", ""))
    except ValueError:
        return uuid.uuid4()


def decisions_page(site: BulkActionAdmin, request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Show the results so far; a POST decides the next rows.

    :raises Http404: when this person made no such decision.
    """
    decision = _own(request, key)
    if request.method == "POST":
        _decide_some(decision, actor_of(request))
        response = HttpResponseRedirect(request.path)
        response.status_code = 303
        return response
    rows = decision.rows.select_related("request").order_by("position")
    lines = [_line(site, row, request) for row in rows]
    done = sum(line.row.is_done for line in lines)
    context = {
        **site.admin_site.each_context(request),
        "title": f"{TITLES[decision.verb]}: results",
        "opts": site.opts,
        "decision": decision,
        "columns": site.columns,
        "lines": lines,
        "done": done,
        "left": len(lines) - done,
        "next": min(AT_ONCE, sum(line.row.state == "waiting" for line in lines)),
        "list_address": site.address("changelist"),
    }
    return TemplateResponse(request, PAGE, context)


def _line(site: BulkActionAdmin, row: BulkDecisionRow, request: HttpRequest) -> DecisionLine:
    about = row.request
    return DecisionLine(
        row,
        list(zip(site.columns, site.cells(about, request), strict=True)) if about else [],
        site.address("change", about.pk) if about else "",
        site.address("decisions_row", row.of_id, row.position),
    )


def decide_row_page(request: HttpRequest, key: uuid.UUID, position: int) -> HttpResponse:
    """Decide one row and return its result as HTML: 200 when it is known, 202 while another call decides it.

    :raises Http404: when this person made no such decision.
    """
    row = BulkDecisionRow.objects.filter(of=_own(request, key), position=position)
    found = row.select_related("of", "request").first()
    if found is None:
        raise Http404(f"There is no row {position} in this decision.")
    carry_out = _carrying_out(actor_of(request))
    found = decide_row(row=found, carry_out=carry_out, clock=timezone.now)
    status = 200 if found.is_done else 202
    return TemplateResponse(request, VERDICT, {"row": found}, status=status)


def _own(request: HttpRequest, key: uuid.UUID) -> BulkDecision:
    found = BulkDecision.objects.filter(pk=key, user=user_of(request)).first()
    if found is None:
        raise Http404("There is no such decision, or its results are no longer kept.")
    return found


def _decide_some(decision: BulkDecision, actor: Actor) -> None:
    rows = BulkDecisionRow.objects.free(timezone.now()).filter(of=decision)
    for row in rows.select_related("of", "request")[:AT_ONCE]:
        decide_row(row=row, carry_out=_carrying_out(actor), clock=timezone.now)


def _carrying_out(actor: Actor) -> Callable[[BulkDecisionRow], Outcome]:
    return lambda row: carry_out(row, actor)


def carry_out(row: BulkDecisionRow, actor: Actor) -> Outcome:
    """Decide one request through the service, which checks everything again."""

    def work() -> Outcome:
        return decide(row.of.verb, uuid.UUID(row.key), row.of.comment, actor)

    return outcome_of(work, name=f"{row.of.verb} failed for {row.key}")


def carry_out_as_stored(row: BulkDecisionRow) -> Outcome:
    """Decide one request as the person who selected it, unless their address changed since."""
    if row.of.user.email != row.of.email:
        return Outcome("Refused", f"{row.of.email} has another address now", "failed")
    return carry_out(row, stored_actor(row.of))


def finish_decisions(*, deadline: Deadline) -> Counts:
    """Finish the decisions that pages left; for the scheduled job."""
    return finish_left(carry_out=carry_out_as_stored, clock=timezone.now, deadline=deadline)

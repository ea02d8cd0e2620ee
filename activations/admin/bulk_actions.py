"""What may be done to the rows of a list: chosen, confirmed, then done one by one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from activations.admin.as_of import moment
from activations.admin.read_only import ReadOnlyAdmin
from activations.domain.refusals import Moved, NotAllowed, OutcomePending
from activations.domain.rules import Refusal
from eligibility.judgement import NotEligible
from googlecloud.errors import GoogleCloudError

SELECTED = "_selected_action"
UNKNOWN = "There is no such row, or it is not for you"
OUR_FAULT = "Something went wrong on our side; the log tells more"

logger = logging.getLogger("jitaccess.admin")


@dataclass(frozen=True, slots=True)
class BulkAction:
    """Something that people may do to several rows at once."""

    name: str
    # On the buttons of the list, of a row's page, of the page that asks again, and above that page.
    label: str
    record_label: str
    button: str
    question: str
    permission: str
    explanation: str = ""
    comment_label: str = ""
    # What to say to those who give no comment; "" where it may be left out.
    comment_needed: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One chosen row, and why nothing can be done to it, as far as can be seen beforehand."""

    key: str
    row: Any
    address: str = ""
    # Headings, each with what this row has there.
    cells: Sequence[tuple[str, object]] = ()
    objection: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row."""

    word: str
    details: str = ""
    tone: str = "active"


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants done, to which rows, and what they say to it."""

    action: BulkAction
    lines: Sequence[Line]
    comment: str = ""


class BulkActionAdmin(ReadOnlyAdmin):
    """A list whose rows can be acted on; subclasses say how."""

    bulk_actions: ClassVar[tuple[BulkAction, ...]] = ()
    # The headings of what the page that asks again tells of each row.
    told: ClassVar[tuple[str, ...]] = ()

    def cells(self, row: Any, request: HttpRequest) -> Sequence[object]:
        """What the page that asks again tells of this row."""
        raise NotImplementedError

    def objection(self, action: BulkAction, row: Any, request: HttpRequest) -> str:
        """Why this will be refused, as far as is known without asking Google; '' when it may work."""
        raise NotImplementedError

    def carry_out(
        self, action: BulkAction, row: Any, comment: str, request: HttpRequest
    ) -> Outcome:
        """Do it to one row, by the service that decides whether it may be done."""
        raise NotImplementedError

    # --- what is offered ------------------------------------------------------------------------
    def offered(self, request: HttpRequest) -> dict[str, BulkAction]:
        """What this person may do in this list."""
        user = request.user
        return {one.name: one for one in self.bulk_actions if user.has_perm(one.permission)}

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Django shows the boxes to choose rows by when there is something to do."""
        return {
            name: (self.act, name, action.label) for name, action in self.offered(request).items()
        }

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        # Django's own form of actions needs its translations for scripts, which are not served.
        ours = {"bulk_actions": self.offered(request).values(), "action_form": None}
        return super().list_context(request) | ours

    def record_context(self, row: Any, request: HttpRequest) -> dict[str, Any]:
        """The page of a row offers what can be done to it."""
        possible = [
            action
            for action in self.offered(request).values()
            if not self.objection(action, row, request)
        ]
        return super().record_context(row, request) | {
            "bulk_actions": possible,
            "list_address": self.address("changelist"),
            "record_key": str(row.pk),
        }

    # --- choose, confirm, do --------------------------------------------------------------------
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list; with a POST what somebody wants done to some of it."""
        if request.method == "POST" and self.has_view_permission(request):
            return self.act(request)
        return super().changelist_view(request, extra_context)

    def act(self, request: HttpRequest) -> HttpResponse:
        """Ask again, or do it.

        :raises PermissionDenied: when this is not for this person to do.
        """
        action = self.offered(request).get(request.POST.get("action", ""))
        if action is None:
            raise PermissionDenied
        keys = list(dict.fromkeys(request.POST.getlist(SELECTED)))
        if not keys:
            messages.warning(request, "Nothing was done: choose at least one row first.")
            return HttpResponseRedirect(request.get_full_path())
        comment = request.POST.get("comment", "")
        choice = Choice(action, self._lines(action, keys, request), comment)
        if "confirmed" not in request.POST:
            return self._question(choice, request)
        if action.comment_needed and not comment.strip():
            return self._question(choice, request, problem=action.comment_needed)
        return self._results(choice, request)

    def _lines(self, action: BulkAction, keys: Sequence[str], request: HttpRequest) -> list[Line]:
        """Every key that was sent, in that order; those of no row say so."""
        known = [key for key in keys if self._is_key(key)]
        rows = {str(row.pk): row for row in self.get_queryset(request).filter(pk__in=known)}
        return [self._line(action, key, rows.get(key), request) for key in keys]

    def _is_key(self, text: str) -> bool:
        try:
            return str(self.opts.pk.to_python(text)) == text
        except ValidationError:
            return False

    def _line(self, action: BulkAction, key: str, row: Model | None, request: HttpRequest) -> Line:
        if row is None:
            return Line(key, None, objection=UNKNOWN)
        return Line(
            key,
            row,
            self.address("change", row.pk),
            list(zip(self.told, self.cells(row, request), strict=True)),
            self.objection(action, row, request),
        )

    def _question(self, choice: Choice, request: HttpRequest, *, problem: str = "") -> HttpResponse:
        context = self._page(choice, request) | {
            "title": choice.action.question,
            "lines": choice.lines,
            "possible": sum(not line.objection for line in choice.lines),
            "problem": problem,
        }
        template = "admin/activations/confirm.html"
        return TemplateResponse(request, template, context, status=400 if problem else 200)

    def _results(self, choice: Choice, request: HttpRequest) -> HttpResponse:
        results = [(line, self._outcome(choice, line, request)) for line in choice.lines]
        context = self._page(choice, request) | {
            "title": f"{choice.action.button}: results",
            "results": results,
        }
        return TemplateResponse(request, "admin/activations/results.html", context)

    def _page(self, choice: Choice, request: HttpRequest) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "choice": choice,
            "told": self.told,
            "as_of": moment(request),
            "list_address": request.get_full_path(),
            "index_address": reverse("admin:index"),
        }

    def _outcome(self, choice: Choice, line: Line, request: HttpRequest) -> Outcome:
        """One row after the other, so that none keeps the others from being done."""
        if line.row is None:
            return Outcome("Refused", UNKNOWN, "failed")
        try:
            return self.carry_out(choice.action, line.row, choice.comment, request)
        except (Refusal, NotAllowed, NotEligible, Moved) as error:
            return Outcome("Refused", str(error), "failed")
        except OutcomePending as error:
            return Outcome("Not confirmed yet", str(error), "provisioning")
        except GoogleCloudError as error:
            return self.failed(choice.action, error)
        except Exception:
            logger.exception("%s failed for %s", choice.action.name, line.key)
            return Outcome("Failed", OUR_FAULT, "failed")

    def failed(self, action: BulkAction, error: GoogleCloudError) -> Outcome:
        """What to say when Google refused or failed."""
        return Outcome("Failed", str(error), "failed")

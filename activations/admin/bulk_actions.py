"""Actions on the rows of a list: select, confirm, then run for each row."""

from __future__ import annotations

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
from activations.admin.outcomes import UNKNOWN, failed, outcome_of
from activations.admin.read_only import ReadOnlyAdmin
from activations.services.bulk_decisions import Outcome
from googlecloud.errors import GoogleCloudError

SELECTED = "_selected_action"


@dataclass(frozen=True, slots=True)
class BulkAction:
    """An action that people can run for several rows at once."""

    name: str
    # Labels: on the buttons of the list, of a row's page, of the confirmation page, and above that page.
    label: str
    record_label: str
    button: str
    question: str
    permission: str
    explanation: str = ""
    comment_label: str = ""
    # The message if the comment is missing; "" if the comment is optional.
    comment_needed: str = ""
    # It takes something from people: its buttons look like that.
    is_dangerous: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One selected row, and why the action cannot succeed for it, if that is already known."""

    key: str
    row: Any
    address: str = ""
    # Headings, each with this row's value.
    cells: Sequence[tuple[str, object]] = ()
    objection: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The selected action, rows and comment."""

    action: BulkAction
    lines: Sequence[Line]
    comment: str = ""


class BulkActionAdmin(ReadOnlyAdmin):
    """A list with bulk actions; subclasses define them."""

    bulk_actions: ClassVar[tuple[BulkAction, ...]] = ()
    confirm_template: ClassVar[str] = "admin/activations/confirm.html"
    # The headings of the columns that the confirmation page shows for each row.
    columns: ClassVar[tuple[str, ...]] = ()

    def cells(self, row: Any, request: HttpRequest) -> Sequence[object]:
        """The cells of this row on the confirmation page."""
        raise NotImplementedError

    def objection(self, action: BulkAction, row: Any, request: HttpRequest) -> str:
        """Return why this will be refused, if known without calling Google; '' when it may succeed."""
        raise NotImplementedError

    def carry_out(
        self, action: BulkAction, row: Any, comment: str, request: HttpRequest
    ) -> Outcome:
        """Run the action for one row, through the service that decides whether it is allowed."""
        raise NotImplementedError

    def confirmation(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the confirmation page needs besides the rows."""
        return {}

    # --- available actions ----------------------------------------------------------------------
    def offered(self, request: HttpRequest) -> dict[str, BulkAction]:
        """Return the actions that this person may run in this list."""
        user = request.user
        return {one.name: one for one in self.bulk_actions if user.has_perm(one.permission)}

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the available actions; Django shows check boxes if there are any."""
        return {
            name: (self.act, name, action.label) for name, action in self.offered(request).items()
        }

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        # Django's own form of actions needs its translations for scripts, which are not served.
        ours = {"bulk_actions": self.offered(request).values(), "action_form": None}
        return super().list_context(request) | ours

    def record_context(self, row: Any, request: HttpRequest) -> dict[str, Any]:
        """Add the actions that are available for this row."""
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

    # --- select, confirm, run -------------------------------------------------------------------
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; a POST runs an action for selected rows."""
        if request.method == "POST" and self.has_view_permission(request):
            return self.act(request)
        return super().changelist_view(request, extra_context)

    def act(self, request: HttpRequest) -> HttpResponse:
        """Ask for confirmation, or run the action.

        :raises PermissionDenied: when this person may not run it.
        """
        action = self.offered(request).get(request.POST.get("action", ""))
        if action is None:
            raise PermissionDenied
        keys = list(dict.fromkeys(request.POST.getlist(SELECTED)))
        if not keys:
            messages.warning(request, "Nothing was done: select at least one row first.")
            return HttpResponseRedirect(request.get_full_path())
        comment = request.POST.get("comment", "")
        choice = Choice(action, self._lines(action, keys, request), comment)
        if "confirmed" not in request.POST:
            return self.question(choice, request)
        if action.comment_needed and not comment.strip():
            return self.question(choice, request, problem=action.comment_needed)
        return self.carry_out_all(choice, request)

    def _lines(self, action: BulkAction, keys: Sequence[str], request: HttpRequest) -> list[Line]:
        """Return a line for every submitted key, in that order; unknown keys get an objection."""
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
            return Line(key, None, objection=UNKNOWN.details)
        return Line(
            key,
            row,
            self.address("change", row.pk),
            list(zip(self.columns, self.cells(row, request), strict=True)),
            self.objection(action, row, request),
        )

    def question(self, choice: Choice, request: HttpRequest, *, problem: str = "") -> HttpResponse:
        """Ask for confirmation; with a problem, show what was wrong with the answer."""
        context = self._page(choice, request) | {
            "title": choice.action.question,
            "lines": choice.lines,
            "possible": sum(not line.objection for line in choice.lines),
            "problem": problem,
            **self.confirmation(request),
        }
        template = self.confirm_template
        return TemplateResponse(request, template, context, status=400 if problem else 200)

    def carry_out_all(self, choice: Choice, request: HttpRequest) -> HttpResponse:
        """Run the action for all rows, and show a result for each."""
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
            "columns": self.columns,
            "as_of": moment(request),
            "list_address": request.get_full_path(),
            "index_address": reverse("admin:index"),
        }

    def _outcome(self, choice: Choice, line: Line, request: HttpRequest) -> Outcome:
        """Run the action for one row; a failure does not stop the other rows."""
        if line.row is None:
            return UNKNOWN
        return outcome_of(
            lambda: self.carry_out(choice.action, line.row, choice.comment, request),
            name=f"{choice.action.name} failed for {line.key}",
            failed=lambda error: self.failed(choice.action, error),
        )

    def failed(self, action: BulkAction, error: GoogleCloudError) -> Outcome:
        """Return the outcome when Google refused or failed."""
        return failed(error)

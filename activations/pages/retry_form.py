"""What somebody tried, so that the page of an error can offer to try it again."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from activations.pages.chosen_project import roles_url
from activations.pages.forms import RequestForm


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that was sent: where to, with what, and the way back."""

    action: str
    values: tuple[tuple[str, str], ...]
    back_url: str
    back_words: str


def note_retry_form(request: HttpRequest, attempt: Attempt) -> None:
    """Leave it where error pages look."""
    request.tried = attempt  # type: ignore[attr-defined]  # read by error.html


def request_retry_form(action: str, form: RequestForm) -> Attempt:
    """The request form once more, as another attempt."""
    again = form.again()
    values = (
        ("projectId", again.project_id),
        ("key", again.key),
        *(("role", role_id) for role_id in again.roles),
        *(("approval", role_id) for role_id in again.approvals),
        *(("reviewer", reviewer) for reviewer in again.reviewers),
        ("minutes", again.minutes),
        ("justification", again.justification),
    )
    return Attempt(action, values, roles_url(form.project_id), "Back to the roles")

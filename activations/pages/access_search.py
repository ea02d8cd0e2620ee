"""The search form above the list of all eligible roles."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from eligibility.entitlements import ActivationType

LONGEST_TEXT = 200
LAST_PAGE = 400
# Google's format of new project ids. Shorter texts can only be a part of an id.
FULL_ID = re.compile(r"(?:[a-z0-9][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
# The page of the project explains that this is a number, and which id to use.
PROJECT_NUMBER = re.compile("[0-9]{6,}")
KINDS = {"self": ActivationType.JIT, "approval": ActivationType.MPA}


def is_unlisted_id(text: str) -> bool:
    """Return whether a text without matches can be opened as a project."""
    return bool(FULL_ID.fullmatch(text.lower()) or PROJECT_NUMBER.fullmatch(text))


def has_form_of_id(text: str) -> bool:
    """Return whether a text is more likely the id of a project than a word that matches no role."""
    return bool(re.search("[-:0-9]", text))


@dataclass(frozen=True, slots=True)
class AccessSearch:
    """The values of the form. `kind` is `self`, `approval` or empty."""

    text: str = ""
    project_id: str = ""
    kind: str = ""
    page: int = 1

    # With more projects than this, people type the id.
    MOST_IN_A_LIST: ClassVar[int] = 100

    @classmethod
    def of(cls, request: HttpRequest) -> AccessSearch:
        """Read the address; values that the form cannot send are ignored."""
        kind, page = request.GET.get("kind", ""), request.GET.get("page", "1")
        is_number = page.isascii() and page.isdigit() and len(page) <= 4
        return cls(
            text=request.GET.get("q", "").strip()[:LONGEST_TEXT],
            project_id=request.GET.get("project", "").strip()[:LONGEST_TEXT],
            kind=kind if kind in KINDS else "",
            page=min(max(int(page), 1), LAST_PAGE) if is_number else 1,
        )

    @property
    def activation_type(self) -> ActivationType | None:
        return KINDS.get(self.kind)

    @property
    def is_filtered(self) -> bool:
        return bool(self.text or self.project_id or self.kind)

    @property
    def unlisted_project(self) -> str:
        """The text as the id or number of a project, if it may be one; else ''."""
        return self.text.lower() if is_unlisted_id(self.text) else ""

    @property
    def query(self) -> str:
        """The form's values as a query, without those that are empty."""
        values = {"q": self.text, "project": self.project_id, "kind": self.kind}
        kept = {name: value for name, value in values.items() if value}
        return urlencode(kept | ({"page": str(self.page)} if self.page > 1 else {}))

    def page_url(self, number: int) -> str:
        """Return the address of another page of the same search."""
        query = replace(self, page=number).query
        return f"{reverse('my-access')}?{query}" if query else reverse("my-access")

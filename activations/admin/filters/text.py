"""Filters by something typed: exact, or with * for the rest of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from activations.admin.filters.base import Field, HistoryFilter
from activations.models import Grant


def matches(field: str, text: str) -> Q:
    """Exactly the text; a * in front or at the end stands for anything."""
    bare = text.strip("*")
    if not text.startswith("*") and not text.endswith("*"):
        return Q(**{field: text})
    if not bare:
        return Q()
    if text.startswith("*") and text.endswith("*"):
        return Q(**{f"{field}__contains": bare})
    return Q(**{f"{field}__{'startswith' if text.endswith('*') else 'endswith'}": bare})


class TextFilter(HistoryFilter):
    """One text input over one or more columns."""

    columns: ClassVar[tuple[str, ...]] = ()
    hint: ClassVar[str] = ""
    kind: ClassVar[str] = "text"
    suggestions: ClassVar[tuple[tuple[str, str], ...]] = ()

    @property
    def text(self) -> str:
        return self.value(self.parameters[0])

    @property
    def fields(self) -> list[Field]:
        return [
            Field(
                name=self.parameters[0],
                label=str(self.title),
                value=self.text,
                kind=self.kind,
                hint=self.hint,
                choices=self.suggestions,
            )
        ]

    @property
    def words(self) -> str:
        return f"{self.title}: {self.text}" if self.text else ""

    def condition(self) -> Q:
        """The selected rows, by any of the columns."""
        condition = Q()
        for column in self.columns:
            condition |= matches(column, self.text)
        return condition

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(self.condition()) if self.text else rows


class PersonFilter(TextFilter):
    """By address; without a domain by how it begins."""

    title = "Person"
    parameters = ("person",)
    columns = ("beneficiary_email",)
    hint = "alice@example.com, or how it begins"

    def condition(self) -> Q:
        # Addresses are kept in lower case.
        text = self.text.lower()
        is_whole = "@" in text or "*" in text
        return matches(self.columns[0], text if is_whole else f"{text}*")


class ActorFilter(PersonFilter):
    """By who did it."""

    title = "Done by"
    parameters = ("actor",)
    columns = ("actor_email",)


class ProjectFilter(TextFilter):
    """By project id."""

    title = "Project"
    parameters = ("project",)
    columns = ("project_id",)
    hint = "billing-prod, or billing-*"


class RoleFilter(TextFilter):
    """By role; without its kind in front by any part of it."""

    title = "Role"
    parameters = ("role",)
    columns = ("role",)
    hint = "roles/compute.admin, or a part"

    def condition(self) -> Q:
        is_whole = "/" in self.text or "*" in self.text
        return matches(self.columns[0], self.text if is_whole else f"*{self.text}*")


class RequestRoleFilter(RoleFilter):
    """Requests by the role that was asked for, or that any of their grants has."""

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if not self.text:
            return rows
        grants = Grant.objects.filter(self.condition())
        return rows.filter(self.condition() | Q(id__in=grants.values("request_id")))


class KindFilter(TextFilter):
    """Events by what happened."""

    title = "What happened"
    parameters = ("kind",)
    columns = ("kind",)
    hint = "grant.failed, or grant.*"
    kind = "suggest"
    suggestions = (
        ("request.*", "all about requests"),
        ("request.self_approved", "somebody asked and needs no review"),
        ("grant.*", "all about grants"),
        ("grant.provisioning", "a binding is about to be written"),
        ("grant.active", "a binding was written"),
        ("grant.failed", "a binding could not be written"),
        ("grant.ended", "access is over"),
        ("history.exported", "somebody exported the history"),
    )

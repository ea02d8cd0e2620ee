"""Filters by text: exact, or with * as a wildcard at one end."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from activations.admin.filters.base import Field, HistoryFilter
from activations.reports.matching import asks_for_role, is_person, matches, matches_role


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
        """Return the condition on any of the columns."""
        condition = Q()
        for column in self.columns:
            condition |= matches(column, self.text)
        return condition

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(self.condition()) if self.text else rows


class PersonFilter(TextFilter):
    """Selects by e-mail address; text without a domain matches the beginning."""

    title = "Person"
    parameters = ("person",)
    columns = ("beneficiary_email",)
    hint = "alice@example.com, or the beginning"

    def condition(self) -> Q:
        return is_person(self.text, field=self.columns[0])


class ActorFilter(PersonFilter):
    """Selects by the person who did it."""

    title = "Done by"
    parameters = ("actor",)
    columns = ("actor_email",)


class ProjectFilter(TextFilter):
    """Selects by project id."""

    title = "Project"
    parameters = ("project",)
    columns = ("project_id",)
    hint = "billing-prod, or billing-*"


class RoleFilter(TextFilter):
    """Selects by role; text without a prefix such as roles/ matches any part."""

    title = "Role"
    parameters = ("role",)
    columns = ("role",)
    hint = "roles/compute.admin, or a part"

    def condition(self) -> Q:
        return matches_role(self.columns[0], self.text)


class RequestRoleFilter(RoleFilter):
    """Selects requests by the requested role, or the role of any of their grants."""

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(asks_for_role(self.text)) if self.text else rows


class KindFilter(TextFilter):
    """Selects events by kind."""

    title = "What happened"
    parameters = ("kind",)
    columns = ("kind",)
    hint = "grant.failed, or grant.*"
    kind = "suggest"
    suggestions = (
        ("request.*", "all about requests"),
        ("request.self_approved", "somebody requested a role that needs no approval"),
        ("grant.*", "all about grants"),
        ("grant.provisioning", "a binding is about to be written"),
        ("grant.active", "a binding was written"),
        ("grant.failed", "a binding could not be written"),
        ("grant.ended", "access ended"),
        ("history.exported", "somebody exported the history"),
        ("pack.*", "all about evidence packs"),
    )

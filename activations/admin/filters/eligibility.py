"""Filters of who may activate what; people and groups are resolved through the groups of the index."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import F, Q

from activations.admin.as_of import moment
from activations.admin.filters.choice import ChoiceFilter
from activations.admin.filters.text import RoleFilter, TextFilter
from activations.admin.shown_index import shown_index
from activations.reporting.eligible_members import on_nodes
from activations.reporting.uses import used_since
from activations.reports.matching import (
    acting_on,
    applies_to,
    has_eligible_role,
    matches,
)
from activations.reports.unused import UNUSED_FOR
from eligibility.models import IndexedFolder, IndexedNode


class MemberFilter(TextFilter):
    """Selects what applies to one address: its own bindings, and those of the groups around it."""

    principal: ClassVar[str]

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.address = self.text.lower().removeprefix(f"{self.principal}:")
        if self.text and "@" not in self.address:
            self.error = f"{self.title}: enter the whole e-mail address."

    def condition(self) -> Q:
        return applies_to(self.address, principal=self.principal)


class EligiblePersonFilter(MemberFilter):
    """Selects what a person may activate, also through groups."""

    title = "Person"
    parameters = ("person",)
    principal = "user"
    hint = "alice@example.com"

    @property
    def words(self) -> str:
        return f"{super().words}, with the person's groups" if self.text else ""


class EligibleGroupFilter(MemberFilter):
    """Selects what the members of a group may activate, also through groups around it."""

    title = "Group"
    parameters = ("group",)
    principal = "group"
    hint = "sre@example.com"

    @property
    def words(self) -> str:
        return f"{super().words}, with the groups that contain it" if self.text else ""


class EligibleRoleFilter(RoleFilter):
    """Selects by role."""

    columns = ("role",)

    def condition(self) -> Q:
        return has_eligible_role(self.text, shown_index(self.request))


class ActsOnProjectFilter(TextFilter):
    """Selects what can be activated on a project, wherever its binding is."""

    title = "Project"
    parameters = ("project",)
    hint = "billing-prod, or billing-*"

    @property
    def words(self) -> str:
        return f"{super().words}, with the folders above it" if self.text else ""

    def condition(self) -> Q:
        return acting_on(self.text, shown_index(self.request))


class WithinFolderFilter(TextFilter):
    """Selects bindings on a folder or the organization, and on everything below it."""

    title = "Folder"
    parameters = ("folder",)
    hint = "number or name"

    @property
    def words(self) -> str:
        return f"{super().words}, with everything below it" if self.text else ""

    def condition(self) -> Q:
        refresh = shown_index(self.request)
        named = IndexedFolder.objects.filter(matches("name", self.text), refresh=refresh)
        folders = [self.text, f"folders/{self.text}", f"organizations/{self.text}"]
        folders += named.values_list("node", flat=True)
        # The nodes of a project are stored upward, from the project to the organization.
        below = IndexedNode.objects.filter(
            refresh=refresh, project__nodes__node__in=folders, id__lte=F("project__nodes__id")
        )
        return on_nodes([*folders, *below.values_list("node", flat=True)], refresh)


class TypeFilter(ChoiceFilter):
    """Selects by who approves."""

    title, parameters = "Type", ("type",)
    known = {"JIT": "JIT, without approval", "MPA": "MPA, with approval"}

    def condition(self) -> Q:
        return Q(binding__activation_type=self.chosen)


class UseFilter(ChoiceFilter):
    """Selects by whether the role was activated in the last 90 days."""

    title, parameters = "Use", ("use",)
    known = {"unused": "Not used in the last 90 days", "used": "Used in the last 90 days"}

    def condition(self) -> Q:
        now, refresh = moment(self.request), shown_index(self.request)
        if refresh is None:
            return Q()
        used = Q(pk__in=used_since(now - UNUSED_FOR, until=now, refresh=refresh.pk))
        return used if self.chosen == "used" else ~used

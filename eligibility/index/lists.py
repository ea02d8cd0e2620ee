"""Lists from the index: the membership rule over the rows of one refresh, without a call to Google."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import AttachedBindings, Facts, Principals, attached_to
from eligibility.membership import Holding, is_usable, merged
from eligibility.models import IndexedBinding, IndexedMember, IndexedNode, Refresh
from eligibility.validity import Period


# There are thousands of these in a list, and tuples are created three times as fast as dataclasses.
class PersonalProject(NamedTuple):
    """A project on which a person has eligible roles: what they hold, sorted by the role's id.

    Projects with the same eligible bindings above them share their `roles`.
    """

    project_id: str
    name: str
    number: str
    roles: tuple[EligibleRole, ...]

    @property
    def holdings(self) -> tuple[Holding, ...]:
        return tuple(role.on(self.project_id) for role in self.roles)


@dataclass(frozen=True, slots=True)
class EligibleRole:
    """An eligible role on any of the projects below a binding; `suffix` follows the project in its id."""

    suffix: str
    holding: Holding

    @classmethod
    def of(cls, holding: Holding) -> EligibleRole:
        return cls(holding.project_role.id, holding)

    @property
    def role(self) -> str:
        return self.holding.project_role.role

    def on(self, project_id: str) -> Holding:
        of_project = replace(self.holding.project_role, project_id=project_id)
        return replace(self.holding, project_role=of_project)


class _Project(NamedTuple):
    """A project, and those of its nodes that have bindings of a person, from the project upwards."""

    project_id: str
    name: str
    number: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonalIndex:
    """What a refresh holds for a person at any time: eligible bindings by node, and projects by id."""

    holdings: Mapping[str, Sequence[Holding]]
    projects: tuple[_Project, ...]

    def usable(self, wanted: Period) -> tuple[PersonalProject, ...]:
        """Return the projects on which a person may activate something within a period, by id."""

        usable = {
            node: [holding for holding in found if is_usable(holding, wanted)]
            for node, found in self.holdings.items()
        }

        @cache
        def roles(nodes: tuple[str, ...]) -> tuple[EligibleRole, ...]:
            return tuple(map(EligibleRole.of, merged(x for node in nodes for x in usable[node])))

        return tuple(
            PersonalProject(project_id, name, number, found)
            for project_id, name, number, nodes in self.projects
            if (found := roles(nodes))
        )


def personal_projects(
    refresh: Refresh, *, principals: Principals, wanted: Period, project_id: str = ""
) -> tuple[PersonalProject, ...]:
    """Return the offered projects on which a person may activate something within a period, by id.

    With `project_id`, only this project. Takes two queries.
    """
    index = personal_index(refresh, principals=principals, project_id=project_id)
    return index.usable(wanted)


def personal_index(
    refresh: Refresh, *, principals: Principals, project_id: str = ""
) -> PersonalIndex:
    """Return what a refresh holds for a person; with `project_id`, only on this project. Two queries."""
    holdings: dict[str, list[Holding]] = defaultdict(list)
    for node, holding in _eligible(refresh, principals, project_id):
        holdings[node].append(holding)
    return PersonalIndex(dict(holdings), tuple(_projects_below(refresh, holdings, project_id)))


def project_facts(refresh: Refresh, *, principals: Principals, project_id: str) -> Facts | None:
    """Return the facts of a list of one project; None when the index does not know the project.

    The policies hold only bindings with markers, or nearly, that name the person. Takes two queries.
    """
    nodes = IndexedNode.objects.filter(refresh=refresh, project__project_id=project_id)
    acting = list(nodes.order_by("id").values_list("node", flat=True))
    if not acting:
        return None
    members = IndexedMember.objects.filter(
        refresh=refresh, member__in=list(principals.ways), binding__node__in=acting
    ).select_related("binding")
    policies: dict[str, dict[int, dict[str, object]]] = {node: {} for node in acting}
    for member in members.order_by("binding_id"):
        raw = policies[member.binding.node].setdefault(member.binding_id, _raw(member.binding))
        raw["members"] = [*raw["members"], member.member]  # type: ignore[misc]
    attached = tuple(
        AttachedBindings(attached_to(node), {"bindings": list(found.values())})
        for node, found in policies.items()
    )
    return Facts(principals.user, project_id, principals, attached)


def folders_above(refresh: Refresh, project_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the folders above projects, by project id, as of the refresh. Takes one query."""
    rows = IndexedNode.objects.filter(
        refresh=refresh, project__project_id__in=list(project_ids)
    ).values_list("project__project_id", "node")
    found: dict[str, set[str]] = defaultdict(set)
    for project_id, node in rows:
        found[project_id].update([node] if node.startswith("folders/") else ())
    return {project_id: frozenset(folders) for project_id, folders in found.items()}


def _raw(binding: IndexedBinding) -> dict[str, object]:
    condition = {"title": binding.title, "expression": binding.expression}
    return {"role": binding.role, "members": [], "condition": condition}


def _eligible(
    refresh: Refresh, principals: Principals, project_id: str
) -> Iterator[tuple[str, Holding]]:
    """Yield what each eligible binding of a person gives below its node, on a project without an id.

    With `project_id`, only bindings that act on this project.
    """
    found = IndexedMember.objects.filter(refresh=refresh, member__in=list(principals.ways))
    if project_id:
        acting = IndexedNode.objects.filter(refresh=refresh, project__project_id=project_id)
        found = found.filter(binding__node__in=acting.values("node"))
    rows_by_binding = (
        found.exclude(binding__activation_type="")
        .order_by("binding_id")
        .values_list(
            "binding_id",
            "member",
            "binding__node",
            "binding__role",
            "binding__resource_condition",
            "binding__activation_type",
        )
    )
    for _, rows in groupby(rows_by_binding, key=itemgetter(0)):
        mine = list(rows)
        _, _, node, role, condition, kind = mine[0]
        if via := principals.via(member for _, member, *_ in mine):
            made = ProjectRole("", role, condition)
            yield node, Holding(made, ActivationType(kind), via, attached_to(node))


def _projects_below(refresh: Refresh, nodes: Iterable[str], project_id: str) -> Iterator[_Project]:
    """Yield the offered projects below these nodes, by id. Instances of models would take ten times as long."""
    found = IndexedNode.objects.filter(
        refresh=refresh, node__in=list(nodes), project__is_offered=True
    )
    if project_id:
        found = found.filter(project__project_id=project_id)
    fields = ("project__project_id", "project__name", "project__number", "node", "id")
    # Sorted here: to sort by project, PostgreSQL would rather scan the nodes of all projects.
    by_project: dict[str, tuple[str, str, list[tuple[int, str]]]] = {}
    for name, title, number, node, pk in found.values_list(*fields).iterator():
        by_project.setdefault(name, (title, number, []))[2].append((pk, node))
    # Projects share the names of their nodes, which takes a third of the memory.
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name, (title, number, acting) in sorted(by_project.items()):
        path = tuple(node for _, node in sorted(acting))
        yield _Project(name, title, number, shared.setdefault(path, path))

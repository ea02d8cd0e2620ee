"""Lists from the index: the membership rule over the rows of one refresh, without a call to Google."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from eligibility.bindings import attached_to
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts
from eligibility.membership import Holding, is_usable, merged
from eligibility.models import IndexedBinding, IndexedMember, IndexedNode, IndexedProject, Refresh
from eligibility.principals import Principals, Way
from eligibility.validity import Period


@dataclass(frozen=True, slots=True)
class PersonalProject:
    """A project on which a person has eligible roles: what they hold, sorted by the role's id."""

    project_id: str
    name: str
    number: str
    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class _Eligible:
    """An eligible binding that a person is a member of."""

    node: str
    role: str
    resource_condition: str
    activation_type: ActivationType
    via: Way

    def on(self, project_id: str) -> Holding:
        role = ProjectRole(project_id, self.role, self.resource_condition)
        return Holding(role, self.activation_type, self.via, attached_to(self.node))


@dataclass(frozen=True, slots=True)
class _NodePolicy:
    """What the index holds of the policy of one node."""

    attached_resource: str
    policy: Mapping[str, object]


def personal_projects(
    refresh: Refresh, *, principals: Principals, wanted: Period, project_id: str = ""
) -> tuple[PersonalProject, ...]:
    """Return the offered projects on which a person may activate something within a period, by id.

    With `project_id`, only this project. Takes two queries.
    """
    by_node: dict[str, list[_Eligible]] = defaultdict(list)
    for binding in _eligible(refresh, principals):
        by_node[binding.node].append(binding)
    found = []
    for project, nodes in _projects_below(refresh, by_node, project_id):
        holdings = (binding.on(project.project_id) for node in nodes for binding in by_node[node])
        if usable := merged(one for one in holdings if is_usable(one, wanted)):
            found.append(PersonalProject(project.project_id, project.name, project.number, usable))
    return tuple(found)


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
        _NodePolicy(attached_to(node), {"bindings": list(found.values())})
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


def _eligible(refresh: Refresh, principals: Principals) -> Iterator[_Eligible]:
    found = (
        IndexedMember.objects.filter(refresh=refresh, member__in=list(principals.ways))
        .exclude(binding__activation_type="")
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
    for _, rows in groupby(found.iterator(), key=lambda row: row[0]):
        mine = list(rows)
        _, _, node, role, condition, kind = mine[0]
        if via := principals.via(member for _, member, *_ in mine):
            yield _Eligible(node, role, condition, ActivationType(kind), via)


def _projects_below(
    refresh: Refresh, nodes: Iterable[str], project_id: str
) -> Iterator[tuple[IndexedProject, list[str]]]:
    found = IndexedNode.objects.filter(
        refresh=refresh, node__in=list(nodes), project__is_offered=True
    )
    if project_id:
        found = found.filter(project__project_id=project_id)
    rows = found.select_related("project").order_by("project__project_id", "id")
    for project, group in groupby(rows, key=attrgetter("project")):
        yield project, [row.node for row in group]

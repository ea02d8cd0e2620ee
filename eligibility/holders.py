"""Finds the people who hold an eligible role."""

from collections.abc import Iterable, Iterator, Mapping

from eligibility.conditions import Eligibility, read_eligibility
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import AttachedPolicy, bindings_in


def holders(
    *,
    project_role: ProjectRole,
    activation_type: ActivationType,
    policies: Iterable[AttachedPolicy],
    people_of: Mapping[str, Iterable[str]],
) -> tuple[str, ...]:
    """Return the e-mail addresses of all people who may activate the role with this type, sorted.

    `people_of` maps the lower-case e-mail address of each group to all people in it, directly or
    through nested groups. A group that is missing from it counts as empty.
    """
    found: set[str] = set()
    for member in _members(project_role, activation_type, policies):
        kind, _, email = member.partition(":")
        if kind == "user":
            found.add(email)
        elif kind == "group":
            found.update(person.lower() for person in people_of.get(email, ()))
    return tuple(sorted(found))


def groups_of_holders(
    *,
    project_role: ProjectRole,
    activation_type: ActivationType,
    policies: Iterable[AttachedPolicy],
) -> tuple[str, ...]:
    """Return the e-mail addresses of the groups whose people `holders` needs, sorted."""
    members = _members(project_role, activation_type, policies)
    groups = {member.removeprefix("group:") for member in members if member.startswith("group:")}
    return tuple(sorted(groups))


def _members(
    project_role: ProjectRole,
    activation_type: ActivationType,
    policies: Iterable[AttachedPolicy],
) -> Iterator[str]:
    wanted = Eligibility(activation_type, project_role.resource_condition)
    for binding in bindings_in(policies):
        if binding.role == project_role.role and read_eligibility(binding.expression) == wanted:
            yield from (member.lower() for member in binding.members)

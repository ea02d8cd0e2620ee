"""What a rule must know of a request, and what Google must be asked for before."""

from __future__ import annotations

from dataclasses import dataclass, field

from eligibility.entitlements import ActivationType


class FactsMissing(Exception):
    """A rule depends on facts that were not read. It is never treated as one that does not match."""


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """One role on one project, and who asks for it.

    `folders` are all above the project, as `folders/11`; None when they were not read.
    `groups` are those that the requester is in, nested ones included, as `group:a@example.com` in lower
    case; at least the needed ones must have been looked up, otherwise it is None. Groups that are
    missing in a set that is not complete are treated as not read.
    """

    project_id: str
    role: str
    activation_type: ActivationType
    requester: str
    folders: frozenset[str] | None = None
    groups: frozenset[str] | None = None
    groups_are_complete: bool = True


@dataclass(frozen=True, slots=True)
class FactsNeeded:
    """What must be read before rules can be matched: nothing, for most documents.

    `requester_groups` decide which rule matches; `break_glass_groups` whether the requester may skip
    approval. Both are groups by name, as `group:a@example.com`.
    """

    ancestry: bool = False
    requester_groups: frozenset[str] = field(default_factory=frozenset)
    break_glass_groups: frozenset[str] = field(default_factory=frozenset)

    @property
    def groups(self) -> frozenset[str]:
        return self.requester_groups | self.break_glass_groups


def is_among(facts: RoleFacts, principals: tuple[str, ...]) -> bool:
    """Return whether the requester is one of `user:…`, or in one of `group:…`.

    :raises FactsMissing: when that depends on groups that were not read.
    """
    return is_named(
        facts.requester,
        principals,
        groups=facts.groups,
        groups_are_complete=facts.groups_are_complete,
    )


def is_named(
    person: str,
    principals: tuple[str, ...],
    *,
    groups: frozenset[str] | None,
    groups_are_complete: bool,
) -> bool:
    """Return whether a person is one of `user:…`, or in one of `group:…`; `groups` as in :class:`RoleFacts`.

    :raises FactsMissing: when that depends on groups that were not read.
    """
    if f"user:{person.lower()}" in principals:
        return True
    named = frozenset(one for one in principals if one.startswith("group:"))
    if groups is not None and named & groups:
        return True
    if named and (groups is None or not groups_are_complete):
        raise FactsMissing(f"The groups of {person} were not read: {', '.join(sorted(named))}")
    return False

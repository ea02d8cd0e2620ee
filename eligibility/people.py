"""The people in groups, as far as they could be found out."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class People:
    """The people of each group asked for, by e-mail, and what could not be found out."""

    of: Mapping[str, frozenset[str]]
    warnings: tuple[str, ...]
    # The account of each member, which is the same under every alias.
    ids: Mapping[str, str] = field(default_factory=dict)
    # Members who are no active people, whichever way they hold a role.
    refused: frozenset[str] = frozenset()
    # Members whose account is suspended.
    suspended: frozenset[str] = frozenset()
    # Groups with "everyone in the organisation" as a member, which makes nobody eligible.
    with_everybody: frozenset[str] = frozenset()
    # Groups whose members could not be read.
    unread: frozenset[str] = frozenset()

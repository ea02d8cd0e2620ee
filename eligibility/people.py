"""The people in groups, as far as Google returns them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Statuses of members who can sign in; the Directory API leaves the status out for some of them.
ACTIVE_STATUSES = ("", "ACTIVE")


@dataclass(frozen=True, slots=True)
class People:
    """The people in each requested group, by the group's e-mail address, and warnings."""

    of: Mapping[str, frozenset[str]]
    warnings: tuple[str, ...]
    # The account id of each member, by e-mail address. It is the same for every alias.
    ids: Mapping[str, str] = field(default_factory=dict)
    # Members who are not active people, such as suspended users and service accounts.
    refused: frozenset[str] = frozenset()
    # Members whose account is suspended.
    suspended: frozenset[str] = frozenset()
    # Groups with "everyone in the organization" as a member, which makes nobody eligible.
    with_everybody: frozenset[str] = frozenset()
    # Groups whose members could not be read.
    unread: frozenset[str] = frozenset()

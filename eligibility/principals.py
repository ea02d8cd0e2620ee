"""The principals of a person: their own, and those of the groups that they are in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Way = tuple[str, ...]
"""The path of memberships to a principal: `user:<e-mail>`, then `group:<e-mail>` for each group.

The last group is the one that a binding names. Groups in between are missing when Google only returned
that the person is a direct or nested member.
"""


@dataclass(frozen=True, slots=True)
class Principals:
    """A person's principals, each with the path of memberships to it, and warnings."""

    user: str
    ways: Mapping[str, Way]
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, user: str, groups: Iterable[str] = ()) -> "Principals":
        """Return the principals of a person who is in these groups; by which others is not known."""
        me = f"user:{user.lower()}"
        names = [f"group:{group.lower()}" for group in groups]
        return cls(user.lower(), {me: (me,), **{name: (me, name) for name in names}})

    def via(self, members: Iterable[str]) -> Way | None:
        """Return the shortest path to a member of a binding; None when no member applies to the person."""
        found = [self.ways[member.lower()] for member in members if member.lower() in self.ways]
        return min(found, key=len, default=None)

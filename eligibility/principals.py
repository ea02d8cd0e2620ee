"""Whom a person counts as: themselves, and the groups that they are in by one way or another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Way = tuple[str, ...]
"""From a person to a principal: `user:<e-mail>`, then `group:<e-mail>` for each group up to it.

The last group is the one that a binding names. Groups between the person and that one are missing
where Google told only that the person is in it directly or through others.
"""


@dataclass(frozen=True, slots=True)
class Principals:
    """A person's principals, each with the way to it, and what could not be found out."""

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
        """Return the shortest way to any member of a binding; None when the person is not among them."""
        found = [self.ways[member.lower()] for member in members if member.lower() in self.ways]
        return min(found, key=len, default=None)

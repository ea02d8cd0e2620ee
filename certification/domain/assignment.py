"""Which reviewer judges which item."""

from __future__ import annotations

from collections.abc import Mapping, Set


class Assignment:
    """Gives items to reviewers, so that nobody must judge about themselves and all have about as much to do.

    All items of a member go to the same reviewer, who then sees everything that the member may activate.

    :param people: the addresses of the people behind each reviewer
    """

    def __init__(self, people: Mapping[str, Set[str]]) -> None:
        self._people = people
        self._load = dict.fromkeys(people, 0)
        self._chosen: dict[str, str | None] = {}

    def reviewer_of(self, member: str, concerned: Set[str]) -> str | None:
        """Return the reviewer of the next item; None when all people who review are concerned.

        :param concerned: the addresses of the people whom the member is or contains
        """
        if member not in self._chosen:
            self._chosen[member] = self._least_busy(concerned)
        chosen = self._chosen[member]
        if chosen is not None:
            self._load[chosen] += 1
        return chosen

    def _least_busy(self, concerned: Set[str]) -> str | None:
        able = [one for one, people in self._people.items() if people - concerned]
        return min(able, key=self._load.__getitem__, default=None)

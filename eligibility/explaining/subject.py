"""How the steps call the person whose eligibility they explain."""

from __future__ import annotations

from dataclasses import dataclass

from eligibility.explaining.looks import Question
from eligibility.facts import Way


def advised(question: Question, what: str) -> str:
    """Return what an administrator must do; others are told to ask one."""
    return what if question.sees_all else f"Ask an administrator to {what[0].lower()}{what[1:]}"


@dataclass(frozen=True, slots=True)
class Subject:
    """`You` to the person, the address to others."""

    email: str
    is_reader: bool

    @classmethod
    def of(cls, question: Question) -> Subject:
        return cls(question.user, question.is_about_oneself)

    @property
    def name(self) -> str:
        """Return the name as the object of a sentence."""
        return "you" if self.is_reader else self.email

    @property
    def starts(self) -> str:
        """Return `You are` or `… is`, to begin a sentence."""
        return "You are" if self.is_reader else f"{self.email} is"

    @property
    def own_groups(self) -> str:
        """Return the groups, in a sentence that has named the person."""
        return "your groups" if self.is_reader else "their groups"

    @property
    def groups(self) -> str:
        return "your groups" if self.is_reader else f"the groups of {self.email}"

    def path(self, way: Way) -> str:
        """Return how the person comes to the binding, in words."""
        groups = ", which is in ".join(name.removeprefix("group:") for name in way[1:])
        if not groups:
            return f"The binding names {self.name} directly."
        return f"{self.starts} in {groups}, which the binding names."

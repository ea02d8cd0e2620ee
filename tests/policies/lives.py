"""People and texts for tests of versions, and a notebook for their events."""

from __future__ import annotations

from datetime import datetime, timedelta

from policies.models import PolicyProposal
from policies.services.deciding import activate
from policies.services.proposing import propose
from policies.services.steps import Person, PolicyStep
from tests.policies.documents import NOW

OLGA = Person("olga@example.com", "accounts.google.com:olga")
OSCAR = Person("oscar@example.com", "accounts.google.com:oscar")
FIRST = "version: 1\nrules: []\n"
SECOND = "version: 1\nrules:\n- name: all\n  require: {duration: {max: 1h}}\n"
THIRD = "version: 1\nrules:\n- name: all\n  require: {duration: {max: 30m}}\n"


class Notebook:
    """Keeps the steps that services record."""

    def __init__(self) -> None:
        self.steps: list[PolicyStep] = []

    def __call__(self, step: PolicyStep) -> None:
        self.steps.append(step)

    @property
    def kinds(self) -> list[str]:
        return [step.kind for step in self.steps]


def proposed(
    text: str, author: Person = OLGA, *, now: datetime = NOW, record: Notebook | None = None
) -> PolicyProposal:
    return propose(text=text, author=author, now=now, record=record or Notebook()).proposal


def activated(
    text: str, *, minutes: int = 0, record: Notebook | None = None, by: Person = OSCAR
) -> PolicyProposal:
    """Olga proposes, Oscar activates."""
    return activate(
        proposal_id=proposed(text, record=record).pk,
        person=by,
        needs_second_person=True,
        now=NOW + timedelta(minutes=minutes),
        record=record or Notebook(),
    )

"""The interface of catalogs. A catalog fetches facts; `eligibility.judgement` evaluates them."""

from collections.abc import Collection
from typing import Protocol

from eligibility.facts import Facts


class Catalog(Protocol):
    """Fetches a person's principals and the policies that are in effect on a project.

    All methods raise GoogleCloudError when Google does not answer. A person without roles is no error.
    """

    def facts(self, *, user: str, project_id: str) -> Facts:
        """Return the facts for displaying lists. The policies may be minutes old."""

    def decision_facts(self, *, user: str, project_id: str) -> Facts:
        """Return the facts for a decision. The project's own policy is read live."""

    def facts_of(self, *, users: Collection[str], project_id: str) -> dict[str, Facts]:
        """Return the facts of several people, by e-mail address. Reads the policies once."""

    def decision_facts_of(self, *, users: Collection[str], project_id: str) -> dict[str, Facts]:
        """Return the facts for a decision about several people. The project's own policy is read live."""

"""The interface of catalogs. A catalog fetches facts; `eligibility.judgement` evaluates them."""

from collections.abc import Collection
from typing import Protocol

from eligibility.facts import Facts


class Catalog(Protocol):
    """Fetches a person's principals and the policies that are in effect on a project.

    All methods raise GoogleCloudError when Google does not answer. A person without roles is no error.
    """

    def facts(self, *, user: str, project_id: str) -> Facts:
        """Return the facts for displaying lists. The policies may be minutes old.

        Bindings that do not include the person may be missing.
        """

    def decision_facts(self, *, user: str, project_id: str) -> Facts:
        """Return the facts for a decision. The project's own policy is read live.

        Bindings of folders and the organization that do not include the person may be missing.
        """

    def facts_of(self, *, users: Collection[str], project_id: str, role: str) -> dict[str, Facts]:
        """Return the facts of several people about one role, by e-mail address. Reads the policies once.

        All bindings of the role are included with all their members. Those of other roles may be missing.
        """

    def decision_facts_of(
        self, *, users: Collection[str], project_id: str, role: str
    ) -> dict[str, Facts]:
        """Return the facts for a decision about several people and one role.

        The project's own policy is read live. Otherwise as `facts_of`.
        """

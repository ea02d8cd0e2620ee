"""What a catalog does: it fetches facts. What they mean is decided in `eligibility.judgement`, for all catalogs."""

from collections.abc import Collection
from typing import Protocol

from eligibility.facts import Facts


class Catalog(Protocol):
    """Fetches who a person is and which policies act on a project.

    All methods raise GoogleCloudError when Google does not answer; never because somebody holds
    nothing.
    """

    def facts(self, *, user: str, project_id: str) -> Facts:
        """Return what lists are made of: policies may be minutes old.

        Bindings that do not include the person may be missing.
        """

    def decision_facts(self, *, user: str, project_id: str) -> Facts:
        """Return what decisions are made of: the project's own policy is read live.

        Bindings of folders and the organisation that do not include the person may be missing.
        """

    def facts_of(self, *, users: Collection[str], project_id: str, role: str) -> dict[str, Facts]:
        """Return the facts of several people about one role, by e-mail; the policies are asked for once.

        All bindings of the role are there, with all their members; those of other roles may be missing.
        """

    def decision_facts_of(
        self, *, users: Collection[str], project_id: str, role: str
    ) -> dict[str, Facts]:
        """Return what a decision about several people is made of; the project's own policy is live.

        Otherwise as `facts_of`.
        """

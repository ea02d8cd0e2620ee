"""Who stands behind the members of a binding: groups expanded, as far as Google may read them."""

from collections.abc import Collection, Iterator

from simulator.analysis_query import AnalysisQuery
from simulator.company import Company

MOST_PEOPLE = 1000
PUBLIC = ("allUsers", "allAuthenticatedUsers")


class Expansion:
    """Expands members for one query, and notes what could not be read or was too large."""

    def __init__(
        self, company: Company, query: AnalysisQuery, *, unreadable: Collection[str] = ()
    ) -> None:
        self._company = company
        self._query = query
        self._unreadable = {name.lower() for name in unreadable}
        self._wanted = self._addresses(query.identity)
        self._failed: dict[str, None] = {}
        self.is_cut = False

    def identities(self, members: list[str]) -> list[str]:
        """Return the selected identity if it is among these members, or all of them."""
        if self._query.identity:
            return [self._query.identity] if any(map(self._includes, members)) else []
        if not self._query.expand_groups:
            return list(members)
        return list(dict.fromkeys(name for member in members for name in self._expanded(member)))

    def edges(self, members: list[str]) -> list[tuple[str, str]]:
        """Return pairs of group and member, below these members."""
        if self._query.identity:
            return [edge for edge in self._edges_below(members) if self._includes(edge[1])]
        return list(self._edges_below(members)) if self._query.expand_groups else []

    def errors(self) -> Iterator[tuple[str, str]]:
        """Yield code and cause of each failure."""
        for email in self._failed:
            yield "PERMISSION_DENIED", f"The members of group:{email} could not be read."

    def _addresses(self, identity: str) -> set[str]:
        kind, _, name = identity.lower().partition(":")
        account = self._company.account(name) if kind == "user" else None
        names = [account.email, *account.aliases] if account else [name]
        return {f"{kind}:{each.lower()}" for each in names} if identity else set()

    def _includes(self, member: str) -> bool:
        if member in PUBLIC or member.lower() in self._wanted:
            return True
        kind, _, name = member.partition(":")
        if kind == "domain":
            return any(each.endswith(f"@{name.lower()}") for each in self._wanted)
        return kind == "group" and any(
            child.lower() in self._wanted for _, child in self._edges_below([member])
        )

    def _expanded(self, member: str) -> list[str]:
        if not member.startswith("group:"):
            return [member]
        below = [child for _, child in self._edges_below([member])]
        people = [child for child in dict.fromkeys(below) if not child.startswith("group:")]
        self.is_cut = self.is_cut or len(people) > MOST_PEOPLE
        return [member, *people[:MOST_PEOPLE]]

    def _edges_below(self, members: list[str]) -> Iterator[tuple[str, str]]:
        waiting = [member for member in members if member.startswith("group:")]
        seen = set(map(str.lower, waiting))
        while waiting:
            group = waiting.pop(0)
            for child in self._children(group.removeprefix("group:")):
                yield group, child
                if child.startswith("group:") and child.lower() not in seen:
                    seen.add(child.lower())
                    waiting.append(child)

    def _children(self, email: str) -> list[str]:
        group = self._company.groups.get(email.lower())
        if group is None or group.external or email.lower() in self._unreadable:
            self._failed[email] = None
            return []
        return [
            f"{'group' if member.lower() in self._company.groups else 'user'}:{member}"
            for member in group.members
            if member != "CUSTOMER"
        ]

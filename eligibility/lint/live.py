"""Lints all policies as Cloud Asset finds them now, without an index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from eligibility.facts import bindings_in
from eligibility.lint.finding import Finding
from eligibility.lint.rules import findings_of
from googlecloud.policy_search import HIERARCHY


class FoundPolicy(Protocol):
    """A search result, as in `googlecloud.policy_search`."""

    @property
    def resource(self) -> str: ...
    @property
    def policy(self) -> Mapping[str, Any]: ...


class Search(Protocol):
    """Searches policies."""

    def find(
        self,
        *,
        scope: str,
        query: str,
        asset_types: Sequence[str],
        before_page: Callable[[], None],
    ) -> Iterable[FoundPolicy]: ...


@dataclass(frozen=True, slots=True)
class _Attached:
    attached_resource: str
    policy: Mapping[str, Any]


def lint_live(
    search: Search, *, scope: str, now: datetime, before_page: Callable[[], None] = lambda: None
) -> Iterator[Finding]:
    """Yield what is wrong with the bindings at or below a scope; groups are not looked into.

    A search for words would miss misspelled markers, so all policies are read.

    :raises GoogleCloudError: while iterating, when Cloud Asset does not answer.
    """
    found = search.find(scope=scope, query="", asset_types=HIERARCHY, before_page=before_page)
    for item in found:
        for binding in bindings_in([_Attached(item.resource, item.policy)]):
            yield from findings_of(binding, now=now)

"""Warnings: rules that can never decide, because an earlier one takes all that they match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.document.problems import shown
from policies.document.shape import Rule, When

KEYS = ("projects", "folders", "roles", "types", "requesters")
# Lists that hold for everything; for folders there is none, because a project may be in no folder.
EVERYTHING = {"types": {"JIT", "MPA"}, "requesters": {"user:*"}}


def hidden_rules(rules: Sequence[Rule]) -> Iterator[tuple[int, str]]:
    """Yield number and warning of each rule that an earlier one hides.

    It is hidden when the earlier one has, for every key, the same list, more entries, or `*`.
    """
    seen: list[tuple[Rule, dict[str, frozenset[str] | None]]] = []
    for number, rule in enumerate(rules):
        lists = {key: alternatives(rule.when, key) for key in KEYS}
        for earlier, theirs in seen:
            if all(_covers(theirs[key], lists[key]) for key in KEYS):
                yield number, _warning(rule.name, earlier.name)
                break
        seen.append((rule, lists))


def _warning(name: str, earlier: str) -> str:
    return (
        f"The rule {shown(name)} never decides: {shown(earlier)} comes first and matches all of its"
        " roles. Move it up, or delete it."
    )


def alternatives(when: When, key: str) -> frozenset[str] | None:
    """Return the list of a key; None when it holds for everything."""
    given = frozenset(getattr(when, key))
    return None if not given or EVERYTHING.get(key, {"*"}) <= given else given


def _covers(earlier: frozenset[str] | None, later: frozenset[str] | None) -> bool:
    return earlier is None or (later is not None and later <= earlier)

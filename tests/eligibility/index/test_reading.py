"""What the index keeps of a policy."""

from __future__ import annotations

from eligibility.index.reading import read_bindings
from tests.eligibility.cases import JIT


def test_bindings_that_differ_only_in_the_description_are_kept_apart() -> None:
    def bound(member: str, description: str) -> dict[str, object]:
        condition = {"title": "T", "expression": JIT, "description": description}
        return {"role": "roles/x", "members": [member], "condition": condition}

    policy = {"bindings": [bound("user:a", "one"), bound("user:b", "two"), bound("user:C", "one")]}
    found = read_bindings("projects/p", policy)
    assert [(one.description, sorted(one.members)) for one in found] == [
        ("one", ["user:a", "user:c"]),
        ("two", ["user:b"]),
    ]

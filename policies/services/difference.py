"""What changes between two texts, as a unified diff."""

from __future__ import annotations

from difflib import unified_diff


def difference(before: str, after: str, *, names: tuple[str, str] = ("active", "proposed")) -> str:
    """Return a unified diff; empty when the texts are the same."""
    lines = unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), *names, n=3
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )

"""Joins the modules of the verifier to the one file `verify.py` that a pack contains."""

from __future__ import annotations

from importlib.resources import files

MODULES = (
    *("files", "events", "repeated", "rows", "copies", "accesses"),
    *("policies", "after_reviews", "access_reviews", "command"),
)
FUTURE = "from __future__ import annotations\n"


def verify_script() -> str:
    """Return the program, which imports nothing but Python's standard library."""
    folder = files("activations.packs.verifier")
    texts = [(folder / f"{name}.py").read_text(encoding="utf-8") for name in MODULES]
    first, *others = [_without_own_imports(text) for text in texts]
    return "\n\n".join([first, *(text.replace(FUTURE, "") for text in others)])


def _without_own_imports(text: str) -> str:
    """Remove imports of the other modules, which may span lines."""
    kept, inside = [], False
    for line in text.splitlines(keepends=True):
        if line.startswith("from activations."):
            inside = line.rstrip().endswith("(")
        elif inside:
            inside = not line.startswith(")")
        else:
            kept.append(line)
    return "".join(kept)

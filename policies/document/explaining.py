"""Errors of the types in plain words: where, which key, what is allowed, and what was found."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from policies.document.nodes import Mapping, Node, Step, child, walk
from policies.document.problems import Place, Problem
from policies.document.shape import Document, Part, keys_of

# What a value of the wrong kind must be instead.
_KINDS = {
    "string_type": "text. Put it in quotes",
    "int_type": "a whole number",
    "tuple_type": "a list",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "dict_type": "a mapping of keys to values",
}


def explain(error: ValidationError, tree: Node) -> list[Problem]:
    """Return one problem for each error, without those of values that were reported before."""
    found = []
    for details in error.errors(include_url=False):
        path = _path(details)
        if not _is_known(details, list(walk(tree, path))):
            found.append(_problem(details, path, tree))
    return found


def _is_known(details: ErrorDetails, nodes: list[Node]) -> bool:
    """Whether a value was reported before, or a list counts as empty because its entries are wrong."""
    is_consequence = details["type"] == "too_short" and nodes[-1].found == "a list"
    return is_consequence or any(node.is_reported for node in nodes)


def _path(details: ErrorDetails) -> tuple[Step, ...]:
    """Return the way to the value that the error is about."""
    path = tuple(details["loc"])
    if details["type"] == "combination":
        return (*path, str(details["ctx"]["key"]))
    return path


def _problem(details: ErrorDetails, path: tuple[Step, ...], tree: Node) -> Problem:
    if details["type"] == "extra_forbidden":
        return _unknown_key(path, tree)
    if details["type"] == "missing":
        return _missing_key(path, tree)
    node = list(walk(tree, path))[-1]
    return Problem(node.place, f"{label(path)} {_sentence(details, node)}")


def _sentence(details: ErrorDetails, node: Node) -> str:
    kind, context = details["type"], details.get("ctx", {})
    match kind:
        case "wrong_value":
            return f"must be {context['must']}; found {node.found}."
        case "refused_value" | "combination":
            return str(context["sentence"])
        case "literal_error":
            allowed = str(context["expected"]).replace("'", "")
            return f"must be {allowed}; found {node.found}."
        case "too_short":
            return "must have at least one entry; found an empty list."
        case "too_long":
            most, actual = context["max_length"], context["actual_length"]
            return f"must have at most {most} entries; found {actual}."
        case "string_too_short" | "string_too_long":
            return f"must be text of another length; found {node.found}."
        case _:
            return _wrong_kind(kind, node)


def _wrong_kind(kind: str, node: Node) -> str:
    must, _, advice = _KINDS.get(kind, "another value").partition(". ")
    is_value = node.found.startswith(("the ", "'"))
    return f"must be {must}; found {node.found}.{f' {advice}.' if advice and is_value else ''}"


def _unknown_key(path: tuple[Step, ...], tree: Node) -> Problem:
    key, parent = str(path[-1]), path[:-1]
    allowed = keys_of(part_at(parent))
    near = get_close_matches(key, allowed, n=1)
    advice = f" Did you mean {near[0]}?" if near else ""
    text = f"The key {key[:60]} is unknown.{advice} Allowed here: {', '.join(allowed)}."
    return Problem(_key_place(path, tree), text)


def _missing_key(path: tuple[Step, ...], tree: Node) -> Problem:
    place = list(walk(tree, path[:-1]))[-1].place
    return Problem(place, f"{label(path[:-1])} must have the key {path[-1]}.")


def _key_place(path: tuple[Step, ...], tree: Node) -> Place:
    parent = list(walk(tree, path[:-1]))[-1]
    if isinstance(parent, Mapping) and path[-1] in parent.keys:
        return parent.keys[str(path[-1])]
    return (child(parent, path[-1]) or parent).place


def label(path: tuple[Step, ...]) -> str:
    """Return what a place is called: the key, or an entry of a list."""
    match path:
        case ():
            return "The document"
        case (*_, "rules", int()):
            return "The rule"
        case (*_, "stages", int()):
            return "The stage"
        case (*_, key, int()):
            return f"An entry of {key}"
    return str(path[-1])


def part_at(path: tuple[Step, ...]) -> type[Part]:
    """Return the type of the mapping at a place of the document."""
    part: type[Part] = Document
    for step in path:
        if isinstance(step, str):
            part = _part_of(_annotation(part, step)) or part
    return part


def _annotation(part: type[Part], key: str) -> Any:
    fields = {field.alias or name: field for name, field in part.model_fields.items()}
    return fields[key].annotation


def _part_of(annotation: Any) -> type[Part] | None:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    found = (_part_of(argument) for argument in get_args(annotation))
    return next((part for part in found if part is not None), None)

"""Checks the text of an access policy and makes the document; loaded with the first text that is read."""

from __future__ import annotations

from pydantic import ValidationError

from policies.document.explaining import explain
from policies.document.nodes import Mapping, Node, Scalar, Sequence
from policies.document.own_reviews import unreviewed_rules
from policies.document.problems import InvalidDocument, Place, Problem
from policies.document.shadowing import hidden_rules
from policies.document.shape import MOST_RULES, Document
from policies.document.source import read_tree


def validated(text: str) -> tuple[Document, tuple[Problem, ...], tuple[Place, ...]]:
    """Return the document, warnings, and the places of its rules.

    :raises InvalidDocument: with everything that is wrong, each at its line and column.
    """
    tree, problems = read_tree(text)
    problems += [*_empty_values(tree), *_rules_problems(tree)]
    document, found = _typed(tree)
    problems += found
    if problems or document is None:
        raise InvalidDocument(problems)
    places = tuple(node.place for node in _rule_nodes(tree))
    told = (*hidden_rules(document.rules), *unreviewed_rules(document.rules))
    warnings = tuple(Problem(places[number], sentence) for number, sentence in told)
    return document, warnings, places


def _typed(tree: Node) -> tuple[Document | None, list[Problem]]:
    try:
        return Document.model_validate(tree.value), []
    except ValidationError as error:
        return None, explain(error, tree)


def _empty_values(node: Node, name: str = "The document") -> list[Problem]:
    """Return a problem for each key without a value: it would read like a key that is not given."""
    if isinstance(node, Scalar):
        if node.kind != "empty" or node.is_reported:
            return []
        node.is_reported = True
        return [Problem(node.place, f"{name} has no value. Give it one, or delete the key.")]
    if isinstance(node, Sequence):
        return [found for item in node.items for found in _empty_values(item, "An entry")]
    children = node.entries.items()
    return [found for key, item in children for found in _empty_values(item, key[:60])]


def _rule_nodes(tree: Node) -> list[Node]:
    rules = tree.entries.get("rules") if isinstance(tree, Mapping) else None
    return rules.items if isinstance(rules, Sequence) else []


def _rules_problems(tree: Node) -> list[Problem]:
    """Return what is wrong with the rules as a whole: too many, and names given twice."""
    rules = _rule_nodes(tree)
    if len(rules) > MOST_RULES:
        place = rules[MOST_RULES].place
        text = f"At most {MOST_RULES} rules are allowed; found {len(rules)}."
        raise InvalidDocument([Problem(place, text)])
    first: dict[str, int] = {}
    problems = []
    for rule in rules:
        node = rule.entries.get("name") if isinstance(rule, Mapping) else None
        if isinstance(node, Scalar) and node.kind == "text" and (name := node.text.strip()):
            if name in first:
                text = f"The name is taken by the rule in line {first[name]}. Names are unique."
                problems.append(Problem(node.place, text))
            first.setdefault(name, node.place.line)
    return problems

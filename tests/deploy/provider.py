"""Compares resources in Terraform modules with the schema of their provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.deploy.terraform import Module, bare, modules

SCHEMA = Path(__file__).with_name("provider.json")
EVERYWHERE = frozenset({"count", "for_each", "provider", "depends_on", "lifecycle", "__is_block__"})


@cache
def schema() -> dict[str, Any]:
    """Return `providers`, their versions, and `types`, the arguments of each type of resource."""
    return dict(json.loads(SCHEMA.read_text()))


def types_in_use() -> set[str]:
    return {address.rpartition(".")[0] for module in modules() for address in module.resources}


def resources(module: Module) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return type, name and body of each resource and data source."""
    for kind, prefix in (("resource", ""), ("data", "data.")):
        for block in module.blocks.get(kind, []):
            for type_name, named in block.items():
                for name, body in named.items():
                    if name != "__is_block__":
                        yield prefix + bare(type_name), bare(name), body


def problems(body: dict[str, Any], known: dict[str, Any], path: str) -> Iterator[str]:
    """Return arguments that the provider does not have, lacks, or takes only once."""
    given = dict(_given(body))
    for name, value in given.items():
        if name not in known:
            yield f"{path}.{name} is unknown"
        else:
            yield from _inside(value, known[name], f"{path}.{name}")
    for name, argument in known.items():
        if argument["required"] and name not in given:
            yield f"{path}.{name} is missing"


def _given(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return arguments and blocks; a dynamic block counts as the blocks that it creates."""
    for name, value in body.items():
        if name == "dynamic":
            for block in value:
                for label, dynamic in block.items():
                    if label != "__is_block__":
                        yield bare(label), dynamic["content"]
        elif name not in EVERYWHERE:
            yield name, value


def _inside(value: Any, argument: dict[str, Any], path: str) -> Iterator[str]:
    if "block" not in argument:
        if isinstance(value, list) and value and "__is_block__" in str(value[0]):
            yield f"{path} is no block"
        return
    if not isinstance(value, list):
        yield f"{path} is a block"
        return
    if len(value) > 1 and not argument["many"]:
        yield f"{path} is given more than once"
    for block in value:
        yield from problems(block, argument["block"], path)

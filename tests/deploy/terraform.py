"""Reads the Terraform modules without Terraform."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import hcl2

from tests.architecture.repository import ROOT, name_of

MODULES = ROOT / "deploy/terraform"
COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
RESOURCE = re.compile(r"\b((?:data\.)?(?:google|random)_\w+)\.(\w+)")


def bare(text: str) -> str:
    """Return a label or string without the quotation marks that the parser keeps."""
    return text.strip('"')


@dataclass(frozen=True)
class Module:
    """A folder of .tf files."""

    folder: Path

    @property
    def name(self) -> str:
        return name_of(self.folder)

    @cached_property
    def text(self) -> str:
        """Return all files, without comments."""
        files = sorted(self.folder.glob("*.tf"))
        return COMMENT.sub("", "\n".join(path.read_text() for path in files))

    @cached_property
    def blocks(self) -> dict[str, list[Any]]:
        return dict(hcl2.loads(self.text))

    def labelled(self, kind: str) -> dict[str, Any]:
        """Return blocks with one label: variables, outputs, modules."""
        return {
            bare(name): body for block in self.blocks.get(kind, []) for name, body in block.items()
        }

    @cached_property
    def locals(self) -> set[str]:
        names = {name for block in self.blocks.get("locals", []) for name in block}
        return names - {"__is_block__"}

    @cached_property
    def resources(self) -> set[str]:
        return set(self._addresses("resource", "")) | set(self._addresses("data", "data."))

    def _addresses(self, kind: str, prefix: str) -> Iterator[str]:
        for block in self.blocks.get(kind, []):
            for type_name, named in block.items():
                yield from (
                    f"{prefix}{bare(type_name)}.{bare(name)}"
                    for name in named
                    if name != "__is_block__"
                )

    def waits_for(self, address: str) -> set[str]:
        """Return the resources and modules that this one depends on, directly or indirectly."""
        found: set[str] = set()
        left = [address]
        while left:
            for name in self._named_in(self.bodies[left.pop()]) - found:
                found.add(name)
                left += [name] if name in self.bodies else []
        return found

    @cached_property
    def bodies(self) -> dict[str, str]:
        """Return the content of each resource and each local value."""
        resources = {
            f"{bare(kind)}.{bare(name)}": str(body)
            for block in self.blocks.get("resource", [])
            for kind, named in block.items()
            for name, body in named.items()
            if name != "__is_block__"
        }
        values = (block.items() for block in self.blocks.get("locals", []))
        return resources | {f"local.{name}": str(body) for each in values for name, body in each}

    def _named_in(self, body: str) -> set[str]:
        resources = {f"{kind}.{name}" for kind, name in RESOURCE.findall(body)}
        return resources | set(re.findall(r"\b(?:local|module)\.\w+", body))

    def references(self, kind: str) -> set[str]:
        """Return the names after `var.`, `local.` or `module.`."""
        return set(re.findall(rf"\b{kind}\.(\w+)", self.text))

    def resource_references(self) -> set[str]:
        return {f"{kind}.{name}" for kind, name in RESOURCE.findall(self.text)}

    def module_outputs_used(self) -> set[tuple[str, str]]:
        return set(re.findall(r"\bmodule\.(\w+)\.(\w+)", self.text))


@cache
def module_in(folder: Path) -> Module:
    """Return the module in a folder; cached, because reading one takes a second."""
    return Module(folder)


def modules() -> list[Module]:
    return [module_in(folder) for folder in sorted({path.parent for path in MODULES.rglob("*.tf")})]

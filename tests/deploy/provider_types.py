"""Reads the arguments of Terraform's resources from type declarations, and writes `provider.json`.

A gate without Terraform cannot ask the provider for its schema. The packages `cdktn-provider-google`,
`cdktn-provider-google-beta` (Python) and `@cdktf/provider-random` (npm) are generated from the schemas and
contain them as TypeScript. After a new type of resource, or for a newer version of a provider:

    pip download --no-deps cdktn-provider-google==20.3.1     # its version is not the provider's
    # unpack the wheel, and the .jsii.tgz in it; the same for the other two; then in this repository:
    python -m tests.deploy.provider_types GOOGLE/package/lib BETA/package/lib RANDOM/package/lib
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.deploy.provider import SCHEMA, types_in_use

VERSION = re.compile(r"hashicorp/([\w-]+)/(\d+\.\d+\.\d+)/docs")
TYPE = re.compile(r'static readonly tfResourceType = "(\w+)"')
INTERFACE = re.compile(r"^export interface (\w+)([^{]*)\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
# The link in the comment has the name as Terraform spells it; a question mark means that it is optional.
FIELD = re.compile(
    r"#(\w+) \w+#\w+\}(?:(?!readonly ).)*?readonly \w+(\??): ([\w.\[\]]+|\{)", re.DOTALL
)

Arguments = dict[str, Any]


def described(text: str) -> Arguments:
    """Return the arguments of the resource that one declaration file describes."""
    found = INTERFACE.findall(text)
    (config,) = (body for _, bases, body in found if "TerraformMetaArguments" in bases)
    return _arguments(config, {name: body for name, _, body in found})


def _arguments(body: str, blocks: dict[str, str]) -> Arguments:
    return {name: _argument(mark, kind, blocks) for name, mark, kind in FIELD.findall(body)}


def _argument(mark: str, kind: str, blocks: dict[str, str]) -> Arguments:
    found: Arguments = {"required": not mark}
    if inner := blocks.get(kind.removesuffix("[]")):
        found |= {"many": kind.endswith("[]"), "block": _arguments(inner, blocks)}
    return found


def declarations(folder: Path) -> Iterator[tuple[str, str]]:
    """Return the address of each type, such as `data.google_project`, and its declaration."""
    for path in sorted(folder.glob("*/index.d.ts")):
        text = path.read_text()
        is_ephemeral = path.parent.name.startswith("ephemeral-")
        if (names := TYPE.findall(text)) and not is_ephemeral:
            prefix = "data." if path.parent.name.startswith("data-") else ""
            yield prefix + names[0], text


def main(folders: list[Path]) -> None:
    """Write the schema of all types that the modules use; the first folder that has a type wins."""
    wanted, kept = types_in_use(), {}
    versions: dict[str, str] = {}
    for folder in folders:
        for name, text in declarations(folder):
            if name in wanted and name not in kept:
                versions |= dict(VERSION.findall(text))
                kept[name] = described(text)
    if missing := wanted - set(kept):
        sys.exit(f"In none of the folders: {', '.join(sorted(missing))}")
    SCHEMA.write_text(written(versions, kept))


def written(versions: dict[str, str], types: Arguments) -> str:
    """Return the file's text, with one line for each type, so that differences can be read."""
    lines = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(types[name], sort_keys=True)}" for name in sorted(types)
    )
    return f'{{"providers": {json.dumps(versions, sort_keys=True)},\n"types": {{\n{lines}\n}}}}\n'


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])

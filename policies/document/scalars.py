"""Which kind of value a YAML scalar is: text in quotes is text, plain text may be something else."""

from __future__ import annotations

import re
from typing import Any

import yaml

from policies.document.nodes import UNREADABLE, Scalar
from policies.document.problems import Place

_RESOLVER: Any = yaml.resolver.Resolver()
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_KINDS = {
    "tag:yaml.org,2002:str": "text",
    "tag:yaml.org,2002:null": "empty",
    "tag:yaml.org,2002:bool": "yes/no value",
    "tag:yaml.org,2002:int": "number",
    "tag:yaml.org,2002:float": "number",
    "tag:yaml.org,2002:timestamp": "date",
    "tag:yaml.org,2002:merge": "merge key",
}


def read_scalar(place: Place, text: str, *, is_plain: bool) -> Scalar:
    """Return the value of a scalar; whole numbers are decimal, without leading zeros."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (is_plain, not is_plain))
    kind = _KINDS.get(tag, "value")
    return Scalar(place, text, kind, _value(kind, text))


def _value(kind: str, text: str) -> Any:
    if kind == "text":
        return text
    if kind == "empty":
        return None
    if kind == "number" and _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    return UNREADABLE

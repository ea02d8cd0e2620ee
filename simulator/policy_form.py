"""Stored policies in the version that a reader requests."""

import copy
import hashlib
import json
from typing import Any

from simulator.resources import Policy


def as_requested(policy: Policy, version: int) -> Policy:
    """Return a copy at version 3, or an older form in which conditions are encoded in role names."""
    answer = copy.deepcopy(policy)
    conditional = any(binding.get("condition") for binding in answer["bindings"])
    answer["version"] = 3 if conditional and version >= 3 else 1
    if conditional and version < 3:
        answer["bindings"] = [mangled(binding) for binding in answer["bindings"]]
    if not answer["bindings"]:
        del answer["bindings"]
    return answer


def mangled(binding: dict[str, Any]) -> dict[str, Any]:
    """Return a binding without its condition, with a role name that cannot be mistaken for a real one."""
    condition = binding.get("condition")
    if not condition:
        return binding
    digest = hashlib.sha256(json.dumps(condition, sort_keys=True).encode()).hexdigest()
    kept = {name: value for name, value in binding.items() if name != "condition"}
    return kept | {"role": f"{binding['role']}_withcond_{digest[:20]}"}

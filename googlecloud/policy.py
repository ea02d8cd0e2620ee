"""IAM policies as Google writes them."""

from dataclasses import dataclass
from typing import Any

Policy = dict[str, Any]
"""Google's JSON, untouched: nobody re-spells what others wrote."""


@dataclass(frozen=True, slots=True)
class AttachedPolicy:
    """A policy and the full name of the project, folder or organization that it is set on."""

    attached_resource: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Modification:
    """What a change did: `written` is false when the policy already was as wanted."""

    before: Policy
    after: Policy
    attempts: int
    written: bool

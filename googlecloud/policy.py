"""IAM policies in Google's JSON form."""

from dataclasses import dataclass
from typing import Any

Policy = dict[str, Any]
"""Google's JSON, unmodified, so that other people's bindings keep their exact spelling."""


@dataclass(frozen=True, slots=True)
class AttachedPolicy:
    """A policy and the full name of the project, folder or organization it is attached to."""

    attached_resource: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Modification:
    """The result of a change; `written` is false when the policy already had the wanted content."""

    before: Policy
    after: Policy
    attempts: int
    written: bool

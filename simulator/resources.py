"""Organizations, folders and projects with the policies attached to them."""

import base64
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

Policy = dict[str, Any]

EMPTY_ETAG = "ACAB"
_counter = itertools.count(1)


def new_etag() -> str:
    """Return an etag that no policy had before."""
    return base64.b64encode(b"\x07\x06" + next(_counter).to_bytes(6, "big")).decode()


@dataclass(slots=True)
class Resource:
    """A node of the resource tree; policies use its `name`, Google its `number`."""

    name: str
    number: str
    display_name: str
    parent: str = ""
    state: str = "ACTIVE"
    labels: dict[str, str] = field(default_factory=dict)
    visible: bool = True
    # Cloud Asset names projects by id or by number.
    shown_by_number: bool = False
    policy: Policy = field(default_factory=lambda: {"etag": EMPTY_ETAG, "bindings": []})
    history: list[tuple[float, Policy]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """projects, folders or organizations."""
        return self.name.partition("/")[0]

    @property
    def id(self) -> str:
        """Project id or number, without the kind."""
        return self.name.partition("/")[2]

    @property
    def full_name(self) -> str:
        """The name that Cloud Asset and logs use."""
        name = f"{self.kind}/{self.number}" if self.shown_by_number else self.name
        return f"//cloudresourcemanager.googleapis.com/{name}"

    def attach(self, policy: Policy, *, settled: bool) -> None:
        """Replace the policy; a settled one counts as unchanged since the start."""
        self.policy = policy
        if settled:
            self.history = []
        self.history.append((time.monotonic(), policy))

    def policy_as_of(self, moment: float) -> Policy:
        """Return the policy at a moment of the monotonic clock."""
        seen = [policy for since, policy in self.history if since <= moment]
        if seen:
            return seen[-1]
        return self.history[0][1] if self.history else self.policy

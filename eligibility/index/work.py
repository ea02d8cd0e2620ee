"""What the phases of a refresh work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from eligibility.group_members import Member
from eligibility.models import Refresh
from googlecloud.calls import Page
from googlecloud.cloud import Cloud


class GroupReader(Protocol):
    """Lists the direct members of a group, page by page; raises as `googlecloud.directory` does."""

    def members_page(self, *, group: str, token: str = "") -> Page[Member]: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """The clients, scope, query and clock of a refresh.

    `throttle` is called before each call to Cloud Asset; it may wait, and raises QuotaExceeded.
    """

    cloud: Cloud
    groups: GroupReader
    scope: str
    query: str
    clock: Callable[[], datetime]
    throttle: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Work:
    """One process at work on a refresh.

    `troubles` counts groups that Google failed to answer for; `restarts` lists that began again.
    """

    refresh: Refresh
    sources: Sources
    troubles: int = 0
    restarts: int = 0

"""What writing to IAM needs from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from eligibility.catalog import Catalog
from googlecloud.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What writing needs from outside: Google, the facts of eligibility, clocks.

    `forget` drops what lists remember of a person on a project; `is_grantable` tells whether IAM
    takes a role on a project, None when only the write can tell.
    """

    cloud: Cloud
    catalog: Catalog
    clock: Callable[[], datetime]
    forget: Callable[[str, str], None]
    is_grantable: Callable[[str, str], bool | None]
    sleep: Callable[[float], None] = time.sleep

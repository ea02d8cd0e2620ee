"""Django's `migrate`, which corrects the evidence's triggers instead of stopping because of them.

It runs while the old version serves people, whose transactions take locks in another order.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.management.commands import migrate
from django.db import Error

from activations.checks import while_migrating
from activations.database_faults import Fault, described, fault_of

logger = logging.getLogger("jitaccess.migrations")

ATTEMPTS = 10


class Command(migrate.Command):
    def check(self, *args: Any, **kwargs: Any) -> None:
        with while_migrating():
            super().check(*args, **kwargs)

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, and continue with the interrupted migration after a deadlock with the old version."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                super().handle(*args, **options)
            except Error as error:
                if fault_of(error) is not Fault.BUSY or attempt == ATTEMPTS:
                    raise
                logger.warning("%s. migrate tries again", described(error))
            else:
                return

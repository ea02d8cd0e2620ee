"""Django's `migrate`, which corrects the evidence's triggers instead of stopping because of them."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from activations.checks import while_migrating


class Command(migrate.Command):
    def check(self, *args: Any, **kwargs: Any) -> None:
        with while_migrating():
            super().check(*args, **kwargs)

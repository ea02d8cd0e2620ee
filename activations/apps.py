"""Django's handle on this app."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db import connections
from django.db.models.signals import post_migrate

from activations.evidence.triggers import TABLE, install_triggers
from eligibility.providers import use_throttle


class ActivationsConfig(AppConfig):
    name = "activations"
    verbose_name = "History"

    def ready(self) -> None:
        """Keep the evidence's triggers in place after every migration, and check them."""
        from activations.checks import check_triggers  # noqa: PLC0415  # models are loaded first
        from activations.iam.asset_limit import wait_for_asset_call  # noqa: PLC0415

        use_throttle(wait_for_asset_call)
        post_migrate.connect(reinstall_triggers, sender=self)
        register(Tags.database)(check_triggers)


def reinstall_triggers(*, using: str, **_: Any) -> None:
    """SQLite loses triggers when a table is remade, so each migration puts them back."""
    connection = connections[using]
    if TABLE in connection.introspection.table_names():
        install_triggers(connection)

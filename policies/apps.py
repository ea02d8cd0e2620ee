"""App configuration: access policies and their versions."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class PoliciesConfig(AppConfig):
    name = "policies"
    verbose_name = "Access policies"

    def ready(self) -> None:
        """Keep the triggers in place after every migration: SQLite loses them when a table is remade."""
        post_migrate.connect(self.protect, sender=self)

    def protect(self, *, using: str, **_: Any) -> None:
        from policies.triggers import install_triggers  # noqa: PLC0415  # models are loaded first

        install_triggers(connections[using])

"""App configuration: signals that protect the evidence and build indexes, and the system check."""

from __future__ import annotations

import logging
from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from eligibility.providers import use_throttles

logger = logging.getLogger("jitaccess.database")


class ActivationsConfig(AppConfig):
    name = "activations"
    verbose_name = "History"

    def ready(self) -> None:
        """Reinstall the evidence's triggers after every migration, and register their check."""
        # Django must load the models first.
        from activations.checks import check_evidence  # noqa: PLC0415
        from activations.iam.quotas import wait_for_analysis, wait_for_asset_call  # noqa: PLC0415

        use_throttles(asset=wait_for_asset_call, analysis=wait_for_analysis)
        self.faults: dict[str, Any] = {}
        pre_migrate.connect(self.look, sender=self)
        post_migrate.connect(self.protect, sender=self)
        register(Tags.database)(check_evidence)

    def look(self, *, using: str, **_: Any) -> None:
        """Record which triggers are wrong before migrations run."""
        from activations.evidence.triggers import faults  # noqa: PLC0415  # models must be loaded first

        self.faults[using] = faults(connections[using])

    def protect(self, *, using: str, plan: Any = (), **_: Any) -> None:
        """Reinstall the triggers at the end of each migration, because SQLite drops them when it rebuilds a table; and build indexes that are not of Django."""
        from django.utils import timezone  # noqa: PLC0415

        from activations.evidence.protection import protect  # noqa: PLC0415  # models must be loaded first
        from activations.models.text_index import build_text_indexes  # noqa: PLC0415  # the same

        protect(
            connections[using],
            before=self.faults.pop(using, []),
            has_migrated=bool(plan),
            now=timezone.now(),  # noqa: TID251  # an edge: the command has no other clock
        )
        if problem := build_text_indexes(connections[using]):
            text = "The search for words reads every row, because %s"
            logger.warning(text, problem, extra={"event": "search.unindexed"})

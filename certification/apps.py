"""The app of access reviews."""

from __future__ import annotations

from django.apps import AppConfig


class CertificationConfig(AppConfig):
    name = "certification"
    verbose_name = "Access reviews"

    def ready(self) -> None:
        """Let campaigns be evidence: protected by triggers, verified, and part of evidence packs."""
        # Django must load the models first.
        from activations.evidence.registered import register  # noqa: PLC0415
        from certification.evidence.fields import TABLES  # noqa: PLC0415
        from certification.evidence.verification import CampaignChecks  # noqa: PLC0415

        register(TABLES, CampaignChecks)

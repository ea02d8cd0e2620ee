"""The app of access reviews."""

from __future__ import annotations

from django.apps import AppConfig


class CertificationConfig(AppConfig):
    name = "certification"
    verbose_name = "Access reviews"

    def ready(self) -> None:
        """Let campaigns be evidence: protected by triggers, verified, and part of evidence packs."""
        # Django must load the models first.
        from activations.evidence import registered as evidence  # noqa: PLC0415
        from activations.packs import tables as packs  # noqa: PLC0415
        from certification.evidence.digests import CampaignDigests  # noqa: PLC0415
        from certification.evidence.fields import TABLES  # noqa: PLC0415
        from certification.evidence.verification import CampaignChecks  # noqa: PLC0415
        from certification.files.packed import packed_tables  # noqa: PLC0415

        evidence.register(TABLES, CampaignChecks, CampaignDigests())
        packs.register(packed_tables)

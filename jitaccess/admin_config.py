"""App configuration of Django's admin: our site, with only our own models registered."""

from __future__ import annotations

from importlib import import_module

from django.contrib.admin.apps import SimpleAdminConfig


class JitAccessAdminConfig(SimpleAdminConfig):
    """Does not discover other registrations, because the product has no passwords or groups to edit."""

    default_site = "jitaccess.admin_site.JitAccessAdminSite"

    def ready(self) -> None:
        super().ready()
        import_module("activations.admin")

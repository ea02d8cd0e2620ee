"""Django's handle on the admin: our site, and nothing registered but ours."""

from __future__ import annotations

from importlib import import_module

from django.contrib.admin.apps import SimpleAdminConfig


class JitAccessAdminConfig(SimpleAdminConfig):
    """Does not look for others' registrations: there are no passwords and groups to edit."""

    default_site = "jitaccess.admin_site.JitAccessAdminSite"

    def ready(self) -> None:
        super().ready()
        import_module("activations.admin")

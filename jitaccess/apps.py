"""Django's handle on this app."""

from django.apps import AppConfig


class JitAccessConfig(AppConfig):
    name = "jitaccess"

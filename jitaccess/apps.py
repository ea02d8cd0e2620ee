"""App configuration of the project package."""

from django.apps import AppConfig


class JitAccessConfig(AppConfig):
    name = "jitaccess"

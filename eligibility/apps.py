"""Django's handle on this app."""

from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    name = "eligibility"

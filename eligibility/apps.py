"""The Django configuration of the app `eligibility`."""

from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    name = "eligibility"

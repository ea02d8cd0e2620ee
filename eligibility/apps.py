"""The Django configuration of the app `eligibility`, with the tables of the index."""

from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    name = "eligibility"

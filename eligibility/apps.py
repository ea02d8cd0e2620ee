"""App configuration: the tables of the eligibility index."""

from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    name = "eligibility"

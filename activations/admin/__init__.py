"""The history in Django's admin: read-only lists, records with their timelines, exports."""

from activations.admin.events import EventAdmin
from activations.admin.grants import GrantAdmin
from activations.admin.requests import RequestAdmin

__all__ = ["EventAdmin", "GrantAdmin", "RequestAdmin"]

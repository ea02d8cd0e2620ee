"""Rows that keep themselves honest."""

from activations.models.event import ChainHead, Event
from activations.models.grant import Grant
from activations.models.lease import ProjectLease
from activations.models.request import Request
from activations.models.user import User

__all__ = ["ChainHead", "Event", "Grant", "ProjectLease", "Request", "User"]

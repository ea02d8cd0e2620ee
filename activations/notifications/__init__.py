"""Telling people and programs what happened."""

from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement

__all__ = ["Announcement", "announce"]

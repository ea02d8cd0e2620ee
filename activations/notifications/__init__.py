"""Telling people and programs what happened."""

from activations.notifications.announce import announce
from activations.notifications.delivery import Counts, deliver_due
from activations.notifications.kinds import Announcement
from activations.notifications.nudge import idle
from activations.notifications.resend import resend

__all__ = ["Announcement", "Counts", "announce", "deliver_due", "idle", "resend"]

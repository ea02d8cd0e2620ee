"""Why a change of access policies is refused; the messages are for the person who asked."""

from __future__ import annotations


class PolicyRefused(Exception):
    """The caller asked for something that cannot be; 400."""


class PolicyNotAllowed(Exception):
    """Somebody else must do this; 403."""


class NoSuchProposal(Exception):
    """There is no proposal with this number; 404."""


class PolicyMoved(Exception):
    """The proposal or the active version has changed since; 409."""

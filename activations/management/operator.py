"""Who runs a command, as the evidence records it."""

from __future__ import annotations

import getpass

from activations.domain.caller import Caller


def operator_of_shell() -> Caller:
    """Return the account of the shell; it has no stable id."""
    return Caller(email=f"command line ({_account()})", subject="", channel="command")


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a user id without a name
        return "unknown account"

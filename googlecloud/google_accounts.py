"""Recognises addresses and subjects of people's Google accounts."""

import re

# Printable ASCII, one @, no spaces or commas, and no colon, which marks another identity source.
_ADDRESS = re.compile(r"[!-+\--9;-?A-~]+@[!-+\--9;-?A-~]+")
LONGEST_ADDRESS = 254
PREFIX = "accounts.google.com:"
_SERVICE_ACCOUNTS = "gserviceaccount.com"


def is_address(text: str) -> bool:
    """Return whether this is `local@domain` in printable ASCII without spaces, commas and colons."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def is_service_account(address: str) -> bool:
    """Return whether this is a service account's address, including Google's agents and default accounts."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    return domain == _SERVICE_ACCOUNTS or domain.endswith(f".{_SERVICE_ACCOUNTS}")


def account_id(subject: str) -> str:
    """Return the Directory API's id for the account with this subject of IAP."""
    return subject.removeprefix(PREFIX)

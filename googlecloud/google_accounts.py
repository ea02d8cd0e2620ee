"""Which addresses and subjects are Google accounts of people."""

import re

# Printable ASCII, one @, no blanks or commas, and no colon: that is the prefix of another identity source.
_ADDRESS = re.compile(r"[!-+\--9;-?A-~]+@[!-+\--9;-?A-~]+")
LONGEST_ADDRESS = 254
PREFIX = "accounts.google.com:"
_SERVICE_ACCOUNTS = "gserviceaccount.com"


def is_address(text: str) -> bool:
    """Whether this is `local@domain` in printable ASCII without blanks, commas and colons."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def is_service_account(address: str) -> bool:
    """Whether this is a service account's address, Google's own agents and the default ones included."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    return domain == _SERVICE_ACCOUNTS or domain.endswith(f".{_SERVICE_ACCOUNTS}")


def account_id(subject: str) -> str:
    """The Directory's id of the account that IAP names with this subject."""
    return subject.removeprefix(PREFIX)

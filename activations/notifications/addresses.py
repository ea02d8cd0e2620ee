"""Finds the mail addresses of a message's recipients."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from activations.notifications.address_mapping import AddressMapping, MappingFailed

# Printable ASCII except the characters that end an address in a header or in SMTP.
LOCAL_PART = re.compile(r"[^\s\x00-\x20\x7f-\U0010ffff<>()\[\],;:\\\"@]+")
DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


class NoAddress(Exception):
    """The text is not a mail address."""


@dataclass(slots=True)
class Addresses:
    """Addresses by user ID, and the error for each user without one."""

    found: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def of(self, users: Iterable[str]) -> list[str]:
        return [self.found[user] for user in users if user in self.found]


def addresses(users: Iterable[str], mapping: AddressMapping) -> Addresses:
    """Return the addresses of these users, according to the mapping."""
    result = Addresses()
    for user in users:
        try:
            result.found[user] = mailbox(mapping(user))
        except (MappingFailed, NoAddress) as error:
            result.missing[user] = str(error)
    return result


def mailbox(address: str) -> str:
    """Return the address for SMTP, with an international domain in its ASCII form.

    :raises NoAddress: when it is not a mail address.
    """
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode()
    except UnicodeError:
        ascii_domain = ""
    if not LOCAL_PART.fullmatch(local) or not DOMAIN.fullmatch(ascii_domain):
        raise NoAddress(f"{address!r} is not a mail address")
    return f"{local}@{ascii_domain}"

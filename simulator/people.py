"""Users and groups of the company."""

import hashlib
from dataclasses import dataclass, field


@dataclass(slots=True)
class User:
    """A person; `about` describes their role in the demo."""

    email: str
    about: str = ""
    external: bool = False
    suspended: bool = False
    # The address at the creation of the account; renaming keeps the account.
    first_email: str = ""
    aliases: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Return the Directory API's id: IAP's subject without its prefix."""
        return self.subject.partition(":")[2]

    @property
    def subject(self) -> str:
        """Return the stable id that IAP uses."""
        digest = hashlib.sha256((self.first_email or self.email).encode()).digest()
        return f"accounts.google.com:1{int.from_bytes(digest[:8], 'big'):020d}"


@dataclass(slots=True)
class Group:
    """A group with its direct members: addresses, or `CUSTOMER` for everybody in the domain."""

    email: str
    members: list[str] = field(default_factory=list)
    external: bool = False

    @property
    def id(self) -> str:
        """Return Google's opaque key."""
        return hashlib.sha256(self.email.encode()).hexdigest()[:15]

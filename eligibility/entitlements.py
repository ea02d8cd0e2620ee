"""Roles that may be activated, and the ids that name them."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from enum import StrEnum

ROLE_PREFIXES = ("roles/", "projects/", "organizations/")


class ActivationType(StrEnum):
    """Who says yes: oneself, or a peer."""

    JIT = "JIT"
    MPA = "MPA"


class InvalidProjectRoleId(ValueError):
    """The text names no role on a project."""


@dataclass(frozen=True, slots=True)
class ProjectRole:
    """A role on one project, narrowed by a canonical resource condition unless that is empty."""

    project_id: str
    role: str
    resource_condition: str = ""

    @classmethod
    def parse(cls, text: str) -> "ProjectRole":
        """Read an id.

        :raises InvalidProjectRoleId: when it does not name a project and a role.
        """
        project_id, *rest = _parts(text)
        if not project_id.strip() or not 1 <= len(rest) <= 2 or not rest[0].strip():
            raise InvalidProjectRoleId("Invalid ProjectRole ID")
        return cls(project_id, rest[0], decode(rest[1]) if rest[1:] else "")

    @property
    def id(self) -> str:
        name = f"{self.project_id}:{self.role}"
        return f"{name}:{encode(self.resource_condition)}" if self.resource_condition else name

    @property
    def key(self) -> str:
        """Return a hash of the id, short enough for any index."""
        return hashlib.sha256(self.id.encode()).hexdigest()

    @property
    def text(self) -> str:
        """Return the form for logs."""
        name = f"[iam] {self.role} on {self.project_id}"
        return f"{name} (condition: {self.resource_condition})" if self.resource_condition else name

    def __str__(self) -> str:
        return self.id

    def __lt__(self, other: "ProjectRole") -> bool:
        return self.id < other.id


def encode(text: str) -> str:
    """Return the text in base64, standard alphabet, padded."""
    return base64.b64encode(text.encode()).decode("ascii")


def decode(text: str) -> str:
    """Return what the base64 text holds; padding may be missing.

    :raises InvalidProjectRoleId: when it is not base64 of the standard alphabet, or not UTF-8.
    """
    padded = text if text.endswith("=") else text + "=" * (-len(text) % 4)
    try:
        return base64.b64decode(padded, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidProjectRoleId("Invalid ProjectRole ID") from error


def _parts(text: str) -> list[str]:
    """Split at colons; a project id may hold one itself, as in `example.com:project`."""
    parts = text.rstrip(":").split(":")
    if len(parts) > 2 and "." in parts[0] and parts[2].startswith(ROLE_PREFIXES):
        return [f"{parts[0]}:{parts[1]}", *parts[2:]]
    return parts

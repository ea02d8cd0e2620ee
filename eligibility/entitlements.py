"""Roles that people can activate, and the ids of these roles."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from eligibility.project_ids import PATTERN, InvalidProjectId, ProjectId, ProjectNumber

_ROLE = rf"(?:projects/{PATTERN}/|organizations/[0-9]+/)?roles?/[A-Za-z0-9_.-]{{1,200}}"
# Project, role and condition are recognized by their form, because the first two may contain colons.
_PROJECT_ROLE = re.compile(
    rf"(?P<project>[^/]*?):(?P<role>{_ROLE})(?::(?P<condition>[A-Za-z0-9+/]+=*))?:*"
)
_LONGEST_ROLE = 255


class ActivationType(StrEnum):
    """Who approves the activation: the requester (JIT) or another person with the role (MPA)."""

    JIT = "JIT"
    MPA = "MPA"


class InvalidProjectRoleId(ValueError):
    """The text is not the id of a role on a project."""


@dataclass(frozen=True, slots=True)
class ProjectRole:
    """A role on one project, limited by a canonical resource condition. An empty one limits nothing."""

    project_id: str
    role: str
    resource_condition: str = ""

    @classmethod
    def parse(cls, text: str) -> "ProjectRole":
        """Parse an id.

        :raises InvalidProjectRoleId: when it does not identify a project and a role.
        """
        match = _PROJECT_ROLE.fullmatch(text)
        if match is None or len(match["role"]) > _LONGEST_ROLE:
            raise InvalidProjectRoleId("Invalid ProjectRole ID")
        return cls(_project(match["project"]), match["role"], decode(match["condition"] or ""))

    @property
    def id(self) -> str:
        name = f"{self.project_id}:{self.role}"
        return f"{name}:{encode(self.resource_condition)}" if self.resource_condition else name

    @property
    def key(self) -> str:
        """Return the SHA-256 hash of the id, which fits into a database index."""
        return hashlib.sha256(self.id.encode()).hexdigest()

    @property
    def text(self) -> str:
        """Return the text for log messages."""
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
    """Decode base64; padding may be missing.

    :raises InvalidProjectRoleId: when it is not base64 of the standard alphabet, or not UTF-8.
    """
    padded = text if text.endswith("=") else text + "=" * (-len(text) % 4)
    try:
        return base64.b64decode(padded, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidProjectRoleId("Invalid ProjectRole ID") from error


def _project(text: str) -> ProjectId:
    try:
        project_id = ProjectId.parse(text)
    except ProjectNumber as error:
        raise InvalidProjectRoleId(f"Invalid ProjectRole ID: {error}") from error
    except InvalidProjectId as error:
        raise InvalidProjectRoleId("Invalid ProjectRole ID") from error
    if project_id != text:
        raise InvalidProjectRoleId("Invalid ProjectRole ID")
    return project_id

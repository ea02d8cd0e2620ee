"""Roles that people can activate on projects, and the ids of both.

Look-ups, locks, limits and records all use the canonical id of a project.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 128
# New ids have at least six characters, but ids that Google created itself can have three.
PLAIN = r"[a-z][a-z0-9-]{1,28}[a-z0-9]"
DOMAIN = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
PATTERN = rf"(?:{DOMAIN}:[a-z][a-z0-9-]{{0,28}}[a-z0-9]|{PLAIN})"

_ID = re.compile(PATTERN)
_NUMBER = re.compile("[0-9]+")
_RESOURCE = re.compile(r"(?://cloudresourcemanager\.googleapis\.com/)?projects/([^/]+)")
_SHOWN = 100
_ROLE = rf"(?:projects/{PATTERN}/|organizations/[0-9]+/)?roles?/[A-Za-z0-9_.-]{{1,200}}"
# Project, role and condition are recognized by their form, because the first two may contain colons.
_PROJECT_ROLE = re.compile(
    rf"(?P<project>[^/]*?):(?P<role>{_ROLE})(?::(?P<condition>[A-Za-z0-9+/]+=*))?:*"
)
_LONGEST_ROLE = 255


class InvalidProjectId(ValueError):
    """The text is not a project id. The message describes the format of an id."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text[:_SHOWN]!a} is not a project ID. A project ID consists of lower-case letters, digits"
            " and hyphens, such as my-project or example.com:my-project."
        )


class ProjectNumber(InvalidProjectId):
    """The text is a project number, a second name of the same project."""

    def __init__(self, text: str) -> None:
        ValueError.__init__(
            self, f"'{text[:_SHOWN]}' is a project number. Use the project ID, such as my-project."
        )


class ProjectId(str):
    """The canonical id of one project, such as `my-project` or `example.com:my-project`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> ProjectId:
        """Parse an id, ignoring blanks around it.

        :raises ProjectNumber: when it is a project number.
        :raises InvalidProjectId: when it is anything else.
        """
        name = text.strip(" ")
        if _NUMBER.fullmatch(name):
            raise ProjectNumber(name)
        if len(name) > LONGEST or not _ID.fullmatch(name):
            raise InvalidProjectId(text)
        return cls(name)

    @classmethod
    def of_resource(cls, name: str) -> ProjectId:
        """Parse `projects/ID` or the full resource name of a project.

        :raises ProjectNumber: when it names the project by number.
        :raises InvalidProjectId: when it is not the resource name of a project.
        """
        match = _RESOURCE.fullmatch(name)
        if match is None:
            raise InvalidProjectId(name)
        return cls.parse(match[1])


def is_project_id(text: str) -> bool:
    """Return whether the text is a valid project id without blanks around it."""
    try:
        return ProjectId.parse(text) == text
    except InvalidProjectId:
        return False


def is_project_number(text: str) -> bool:
    """Return whether the text is a project number."""
    return _NUMBER.fullmatch(text) is not None


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
    def parse(cls, text: str) -> ProjectRole:
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

    def __lt__(self, other: ProjectRole) -> bool:
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

"""Parses project ids. Lookups, locks, limits and records all use the canonical id."""

from __future__ import annotations

import re

LONGEST = 128
# New ids have at least six characters, but ids that Google created itself can have three.
PLAIN = r"[a-z][a-z0-9-]{1,28}[a-z0-9]"
DOMAIN = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
PATTERN = rf"(?:{DOMAIN}:[a-z][a-z0-9-]{{0,28}}[a-z0-9]|{PLAIN})"

_ID = re.compile(PATTERN)
_NUMBER = re.compile("[0-9]+")
_RESOURCE = re.compile(r"(?://cloudresourcemanager\.googleapis\.com/)?projects/([^/]+)")
_SHOWN = 100


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

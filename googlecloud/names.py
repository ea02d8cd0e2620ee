"""Resource names that are safe to put into an address."""

import re

from googlecloud.errors import Invalid

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,126}")
_SCOPE = re.compile(r"(organizations|folders|projects)/" + _ID.pattern)
_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f]{1,320}")


def project_name(project_id: str) -> str:
    """`projects/ID`.

    :raises Invalid: when `project_id` holds anything that could change the address.
    """
    return f"projects/{_matching(_ID, project_id, 'a project ID')}"


def scope_name(scope: str) -> str:
    """`scope` itself.

    :raises Invalid: when it is not an organization, folder or project.
    """
    return _matching(_SCOPE, scope, "an organization, a folder or a project")


def email_address(address: str) -> str:
    """`address` itself.

    :raises Invalid: when it holds blanks or control characters.
    """
    return _matching(_ADDRESS, address, "an e-mail address")


def _matching(pattern: re.Pattern[str], text: str, expected: str) -> str:
    if not pattern.fullmatch(text):
        raise Invalid(f"{text[:100]!r} is not {expected}", reason="INVALID_NAME")
    return text

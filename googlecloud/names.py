"""Validates names of resources before they become part of an address, and recognises Google accounts of people."""

import re

from googlecloud.errors import Invalid

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,126}")
_SCOPE = re.compile(r"(organizations|folders|projects)/" + _ID.pattern)
_TOPIC = re.compile(r"[A-Za-z][A-Za-z0-9._~+-]{2,254}")
_SECRET = re.compile(
    rf"projects/{_ID.pattern}(/locations/[a-z0-9-]+)?/secrets/[\w-]{{1,255}}/versions/[\w-]{{1,63}}",
    re.ASCII,
)
_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f]{1,320}")
# Printable ASCII, one @, no spaces or commas, and no colon, which marks another identity source.
_ACCOUNT_ADDRESS = re.compile(r"[!-+\--9;-?A-~]+@[!-+\--9;-?A-~]+")
LONGEST_ADDRESS = 254
SUBJECT_PREFIX = "accounts.google.com:"
_SERVICE_ACCOUNTS = "gserviceaccount.com"


def project_name(project_id: str) -> str:
    """Return `projects/ID`.

    :raises Invalid: when `project_id` contains characters that could change the address.
    """
    return f"projects/{_matching(_ID, project_id, 'a project ID')}"


def full_name(name: str) -> str:
    """Return the full resource name of `projects/ID`, `folders/NUMBER` or `organizations/NUMBER`."""
    return f"//cloudresourcemanager.googleapis.com/{name}"


def full_project_name(project_id: str) -> str:
    """Return the full resource name of a project.

    :raises Invalid: when `project_id` contains characters that could change the address.
    """
    return full_name(project_name(project_id))


def scope_name(scope: str) -> str:
    """Return `scope` unchanged.

    :raises Invalid: when it is not an organization, folder or project.
    """
    return _matching(_SCOPE, scope, "an organization, a folder or a project")


def topic_name(project_id: str, topic: str) -> str:
    """Return `projects/ID/topics/TOPIC`.

    :raises Invalid: when the project or the topic has no valid name.
    """
    return f"{project_name(project_id)}/topics/{_matching(_TOPIC, topic, 'a topic')}"


def secret_version_name(name: str) -> str:
    """Return `name` unchanged.

    :raises Invalid: when it is not the full name of a secret version; the text does not repeat it, because
        it may be the secret itself.
    """
    if not _SECRET.fullmatch(name):
        expected = "projects/PROJECT/secrets/SECRET/versions/VERSION"
        raise Invalid(f"The name of the secret is not {expected}", reason="INVALID_NAME")
    return name


def email_address(address: str) -> str:
    """Return `address` unchanged.

    :raises Invalid: when it contains whitespace or control characters.
    """
    return _matching(_ADDRESS, address, "an e-mail address")


def _matching(pattern: re.Pattern[str], text: str, expected: str) -> str:
    if not pattern.fullmatch(text):
        raise Invalid(f"{text[:100]!r} is not {expected}", reason="INVALID_NAME")
    return text


def is_address(text: str) -> bool:
    """Return whether this is `local@domain` in printable ASCII without spaces, commas and colons."""
    return len(text) <= LONGEST_ADDRESS and _ACCOUNT_ADDRESS.fullmatch(text) is not None


def is_service_account(address: str) -> bool:
    """Return whether this is a service account's address, including Google's agents and default accounts."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    return domain == _SERVICE_ACCOUNTS or domain.endswith(f".{_SERVICE_ACCOUNTS}")


def account_id(subject: str) -> str:
    """Return the Directory API's id for the account with this subject of IAP."""
    return subject.removeprefix(SUBJECT_PREFIX)

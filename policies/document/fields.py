"""Types of single values: durations, patterns, wildcards, principals, names and addresses of tickets.

Each raises `PydanticCustomError` with a sentence that follows the name of the key: "must be …".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from policies.document.words import PEERS, TICKET
from policies.patterns import UnusablePattern, check_pattern

LONGEST_NAME = 100
LONGEST_TEXT = 300
LONGEST_PATTERN = 1000
LONGEST_ITEM = 300
MOST_ITEMS = 200
MOST_STAGES = 5
MOST_APPROVALS = 20
UNITS = {"m": 1, "h": 60, "d": 24 * 60}
DURATION = r"[1-9][0-9]{0,5}[mhd]"
_EMAIL = r"[^@\s,:*]+@[^@\s,:*]+"
_USER_OR_GROUP = re.compile(rf"(?:user|group):{_EMAIL}")
_APPROVER = re.compile(rf"{PEERS}|(?:user|group):{_EMAIL}")
_REQUESTER = re.compile(rf"group:{_EMAIL}|user:(?:\*|[^@\s,:]+@[^@\s,:]+)")
_PROJECT = re.compile(r"[a-z0-9.:*-]+")
_FOLDER = re.compile(r"folders/[0-9*]+")
_ROLE = re.compile(r"(?:roles/|projects/|organizations/|\*)[A-Za-z0-9_.:/*-]*")

USER_OR_GROUP = "user:NAME@DOMAIN or group:NAME@DOMAIN"
EXAMPLES = "a duration in minutes, hours or days, such as 30m, 4h or 3d"


def wrong(must: str) -> PydanticCustomError:
    """Return an error whose sentence is completed with what was found."""
    return PydanticCustomError("wrong_value", "must be {must}", {"must": must})


def refused(sentence: str) -> PydanticCustomError:
    """Return an error that says everything by itself, after the name of the key."""
    return PydanticCustomError("refused_value", "{sentence}", {"sentence": sentence})


def _minutes(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(DURATION, value):
        raise wrong(EXAMPLES)
    return int(value[:-1]) * UNITS[value[-1]]


def _at_most(minutes: int, words: str) -> Callable[[int], int]:
    def check(value: int) -> int:
        if value > minutes:
            raise wrong(f"at most {words}")
        return value

    return check


def _one_line(longest: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not value.strip() or "\n" in value or len(value) > longest:
            raise wrong(f"a text on one line, with 1 to {longest} characters")
        return value.strip()

    return check


def _pattern(value: str) -> str:
    if not value or len(value) > LONGEST_PATTERN:
        raise wrong(f"a regular expression with 1 to {LONGEST_PATTERN} characters")
    try:
        check_pattern(value)
    except UnusablePattern as error:
        raise refused(f"must be a regular expression of RE2: {error}.") from None
    return value


def _full_match(expression: re.Pattern[str], must: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if len(value) > LONGEST_ITEM or not expression.fullmatch(value):
            raise wrong(must)
        return value

    return check


def _principal(expression: re.Pattern[str], must: str) -> Callable[[str], str]:
    check = _full_match(expression, must)
    return lambda value: check(value).lower()


def _ticket_url(value: str) -> str:
    must = f"an https address with {TICKET} after the host, such as https://tickets.example.com/{TICKET}"
    if len(value) > LONGEST_TEXT or not re.fullmatch(r"[!-~]+", value):
        raise wrong(must)
    try:
        parts = urlsplit(value)
        is_plain = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        raise wrong(must) from None
    after_host = value.partition(parts.netloc)[2].replace(TICKET, "")
    if not is_plain or TICKET not in value or {"{", "}"} & {*parts.netloc, *after_host}:
        raise wrong(must)
    return value


def _schema(type_: str = "string", **rest: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": type_, **rest})


Minutes = Annotated[int, BeforeValidator(_minutes), _schema(pattern=f"^{DURATION}$")]
AnswerTime = Annotated[Minutes, AfterValidator(_at_most(7 * 24 * 60, "7d"))]
ReviewTime = Annotated[Minutes, AfterValidator(_at_most(30 * 24 * 60, "30d"))]
Name = Annotated[
    str, AfterValidator(_one_line(LONGEST_NAME)), Field(min_length=1, max_length=LONGEST_NAME)
]
Line = Annotated[
    str, AfterValidator(_one_line(LONGEST_TEXT)), Field(min_length=1, max_length=LONGEST_TEXT)
]
Pattern = Annotated[str, AfterValidator(_pattern), _schema(minLength=1, maxLength=LONGEST_PATTERN)]
TicketUrl = Annotated[str, AfterValidator(_ticket_url), _schema(pattern=r"^https://.*\{ticket\}")]
ProjectPattern = Annotated[
    str,
    AfterValidator(
        _full_match(_PROJECT, "a project ID, where * stands for any characters, such as *-prod")
    ),
    _schema(pattern=f"^{_PROJECT.pattern}$"),
]
FolderPattern = Annotated[
    str,
    AfterValidator(_full_match(_FOLDER, "a folder by its number, such as folders/123456")),
    _schema(pattern=f"^{_FOLDER.pattern}$"),
]
RolePattern = Annotated[
    str,
    AfterValidator(
        _full_match(
            _ROLE, "a role such as roles/viewer or roles/*.admin, or a custom role by its full name"
        )
    ),
    _schema(pattern=f"^{_ROLE.pattern}$"),
]
Requester = Annotated[
    str,
    AfterValidator(
        _principal(
            _REQUESTER, f"{USER_OR_GROUP}; * stands for any characters in user:, not in group:"
        )
    ),
    _schema(pattern="^(user|group):"),
]
Approver = Annotated[
    str,
    AfterValidator(_principal(_APPROVER, f"{PEERS}, {USER_OR_GROUP}")),
    _schema(pattern=f"^({PEERS}$|user:|group:)"),
]
Principal = Annotated[
    str,
    AfterValidator(_principal(_USER_OR_GROUP, USER_OR_GROUP)),
    _schema(pattern="^(user|group):"),
]

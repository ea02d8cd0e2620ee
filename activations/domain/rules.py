"""What people may ask for, and what reviewers must say: pure checks with the original's words where it has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from activations.domain.text import folded, is_unprintable, normalised
from eligibility.entitlements import ProjectRole
from eligibility.project_ids import InvalidProjectId, ProjectId, ProjectNumber
from policies.patterns import matches

LONGEST_JUSTIFICATION = 1000
LONGEST_ADDRESS = 254
ADDRESS = re.compile(r"[^@\s,:]+@[^@\s,:]+")


class Refusal(Exception):
    """The caller asked for something that is not on offer; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The operator's limits on requests."""

    longest: timedelta
    max_roles: int
    min_reviewers: int
    max_reviewers: int
    request_validity: timedelta
    justification_pattern: str
    justification_hint: str


class ProjectNumberGiven(Refusal):
    """The caller named a project by its number."""


def check_project(text: str) -> ProjectId:
    """The canonical id of the project that the text names.

    :raises ProjectNumberGiven: when it is a project number, the second name of a project.
    :raises Refusal: when no project is named, or the text is not an id.
    """
    if not text.strip():
        raise Refusal("You must provide a projectId")
    try:
        return ProjectId.parse(text)
    except ProjectNumber as error:
        raise ProjectNumberGiven(str(error)) from error
    except InvalidProjectId as error:
        raise Refusal(str(error)) from error


def check_text(name: str, text: str) -> str:
    """The text as it is.

    :raises Refusal: when it holds what UTF-8 (unpaired surrogates) or PostgreSQL (NUL) cannot keep.
    """
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Refusal(f"{name} must be text without NUL characters and unpaired surrogates")
    return text


def check_justification(text: str) -> str:
    """The justification as it is recorded.

    :raises Refusal: when it is missing, too long or holds what no database and log can keep.
    """
    justification = normalised(text)
    if not justification:
        raise Refusal("Provide a justification")
    if len(justification) > LONGEST_JUSTIFICATION:
        raise Refusal(
            f"The justification is too long: {len(justification)} characters,"
            f" at most {LONGEST_JUSTIFICATION} are allowed"
        )
    if any(is_unprintable(letter) for letter in justification):
        raise Refusal("The justification must not contain control characters")
    return justification


def check_criteria(justification: str, *, limits: Limits) -> None:
    """:raises Refusal: when the justification is not what the operator asks for."""
    if not matches(limits.justification_pattern, folded(justification)):
        raise Refusal(f"Justification does not meet criteria: {limits.justification_hint}")


def check_positive(minutes: int) -> None:
    """:raises Refusal: when the duration is not positive."""
    if minutes <= 0:
        raise Refusal("The duration must be positive")


def check_duration(minutes: int, *, limits: Limits) -> timedelta:
    """The duration asked for.

    :raises Refusal: when it is longer than allowed.
    """
    longest = int(limits.longest.total_seconds() // 60)
    if minutes > longest:
        raise Refusal(f"The activation duration must be no longer than {longest} minutes")
    return timedelta(minutes=minutes)


def check_any_role(role_ids: Sequence[str]) -> None:
    """:raises Refusal: when nothing is asked for."""
    if not role_ids:
        raise Refusal("Specify one or more roles to activate")


def check_role_count(roles: Sequence[ProjectRole], *, limits: Limits) -> None:
    """:raises Refusal: when there are more roles than fit into one request."""
    if len(roles) > limits.max_roles:
        raise Refusal(f"The number of roles exceeds the allowed maximum of {limits.max_roles}")


def check_same_project(roles: Sequence[ProjectRole], *, project_id: str) -> None:
    """:raises Refusal: when a role belongs to another project; the original dropped it silently."""
    for role in roles:
        if role.project_id != project_id:
            raise Refusal(f"The role {role.id} belongs to another project than {project_id}")


def check_enough(reviewers: Sequence[str], *, limits: Limits) -> None:
    """:raises Refusal: when fewer are named than the operator asks for."""
    if len(reviewers) < limits.min_reviewers:
        raise Refusal(f"You must select at least {limits.min_reviewers} reviewers")


def distinct_reviewers(reviewers: Sequence[str]) -> tuple[str, ...]:
    """Addresses in lower case, each once, in the order given.

    :raises Refusal: when one is no address.
    """
    cleaned = tuple(dict.fromkeys(reviewer.strip().lower() for reviewer in reviewers))
    for reviewer in cleaned:
        if not ADDRESS.fullmatch(reviewer):
            raise Refusal(f"{reviewer!r} is not the e-mail address of a reviewer")
    return cleaned


def check_reviewers(reviewers: Sequence[str], *, beneficiary: str, limits: Limits) -> None:
    """Distinct reviewers within the limits, oneself not among them.

    :raises Refusal: when not.
    """
    if len(reviewers) > limits.max_reviewers:
        raise Refusal(
            f"The number of reviewers exceeds the allowed maximum of {limits.max_reviewers}"
        )
    if len(reviewers) < limits.min_reviewers:
        raise Refusal(f"At least {limits.min_reviewers} reviewers must be specified")
    if beneficiary in reviewers:
        raise Refusal("You cannot review your own request; choose somebody else")


def check_address(text: str) -> str:
    """The e-mail address in lower case.

    :raises Refusal: when it is not the address of one person.
    """
    address = text.strip().lower()
    if not (ADDRESS.fullmatch(address) and address.isascii() and address.isprintable()):
        raise Refusal("Enter the e-mail address of one person")
    if len(address) > LONGEST_ADDRESS:
        raise Refusal("The e-mail address is too long")
    return address


def check_reason(text: str) -> str:
    """Why an administrator does something, trimmed.

    :raises Refusal: when it is missing or too long.
    """
    reason = check_comment(text.replace("\r\n", "\n"), required=False)
    if not reason:
        raise Refusal("Enter a reason")
    return reason


def check_comment(comment: str, *, required: bool) -> str:
    """What a reviewer or beneficiary says, as it is recorded.

    :raises Refusal: when it is missing where it is needed, or too long.
    """
    text = normalised(comment)
    if required and not text:
        raise Refusal("Say why you decline, in a comment")
    if len(text) > LONGEST_JUSTIFICATION:
        raise Refusal(f"The comment must have at most {LONGEST_JUSTIFICATION} characters")
    if any(is_unprintable(letter) for letter in text):
        raise Refusal("The comment must not contain control characters")
    return text

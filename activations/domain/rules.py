"""What people may request, and what reviewers must enter: pure checks, with the original's messages if it has any."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from activations.domain.request_details import RequestDetails
from activations.domain.text import folded, is_unprintable, minutes_down, normalised
from eligibility.entitlements import InvalidProjectId, ProjectId, ProjectNumber, ProjectRole
from policies.patterns import matches

LONGEST_JUSTIFICATION = 1000
LONGEST_TICKET = 200
LONGEST_ADDRESS = 254
ADDRESS = re.compile(r"[^@\s,:]+@[^@\s,:]+")


class Refusal(Exception):
    """The caller requested something that is not allowed; the message says what to change."""


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
    """Return the canonical id of the project that the text names.

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
    """Return the text unchanged.

    :raises Refusal: when it contains what UTF-8 (unpaired surrogates) or PostgreSQL (NUL) cannot store.
    """
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Refusal(f"{name} must be text without NUL characters and unpaired surrogates")
    return text


def recordable(details: RequestDetails) -> RequestDetails:
    """Return the details as they are recorded.

    :raises Refusal: when a text is missing, too long or contains control characters.
    """
    return replace(
        details,
        justification=check_justification(details.justification),
        ticket=check_ticket(details.ticket),
    )


def check_details(details: RequestDetails, *, limits: Limits) -> None:
    """:raises Refusal: when a detail breaks one of the operator's limits."""
    check_criteria(details.justification, limits=limits)
    check_positive(details.minutes)
    check_duration(details.minutes, limits=limits)


def check_justification(text: str) -> str:
    """Return the justification as it is recorded.

    :raises Refusal: when it is missing, too long or contains control characters.
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


def check_no_break_glass(details: RequestDetails) -> None:
    """:raises Refusal: when break glass is chosen where it is not possible."""
    if details.break_glass:
        raise Refusal("Break glass is only possible when you activate roles for yourself")


def check_ticket(text: str) -> str:
    """Return the ticket as it is recorded, on one line; '' when none is given.

    :raises Refusal: when it is too long or contains control characters.
    """
    ticket = folded(normalised(text)).strip()
    if len(ticket) > LONGEST_TICKET:
        raise Refusal(f"The ticket must have at most {LONGEST_TICKET} characters")
    if any(is_unprintable(letter) for letter in ticket):
        raise Refusal("The ticket must not contain control characters")
    return ticket


def check_criteria(justification: str, *, limits: Limits) -> None:
    """:raises Refusal: when the justification does not match the operator's pattern."""
    if not matches(limits.justification_pattern, folded(justification)):
        raise Refusal(f"Justification does not meet criteria: {limits.justification_hint}")


def check_positive(minutes: int) -> None:
    """:raises Refusal: when the duration is not positive."""
    if minutes <= 0:
        raise Refusal("The duration must be positive")


def check_duration(minutes: int, *, limits: Limits) -> None:
    """:raises Refusal: when the duration is longer than allowed."""
    longest = minutes_down(limits.longest)
    if minutes > longest:
        raise Refusal(f"The activation duration must be no longer than {longest} minutes")


def check_approved_minutes(minutes: int | None, *, asked: int) -> int | None:
    """Return the duration that a reviewer approves; None when it is what was asked.

    :raises Refusal: when it is not positive, or longer than what was asked.
    """
    if minutes is None or minutes == asked:
        return None
    check_positive(minutes)
    if minutes > asked:
        raise Refusal(f"The request is for {asked} minutes. You can approve this or less")
    return minutes


def check_any_role(role_ids: Sequence[str]) -> None:
    """:raises Refusal: when no role is requested."""
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
    """:raises Refusal: when fewer reviewers are named than the operator requires."""
    if len(reviewers) < limits.min_reviewers:
        raise Refusal(f"You must select at least {limits.min_reviewers} reviewers")


def distinct_reviewers(reviewers: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses in lower case, each once, in the order given.

    :raises Refusal: when one is not an e-mail address.
    """
    cleaned = tuple(dict.fromkeys(reviewer.strip().lower() for reviewer in reviewers))
    for reviewer in cleaned:
        if not ADDRESS.fullmatch(reviewer):
            raise Refusal(f"{reviewer!r} is not the e-mail address of a reviewer")
    return cleaned


def check_reviewers(reviewers: Sequence[str], *, beneficiary: str, limits: Limits) -> None:
    """Check that the number of reviewers is within the limits and the beneficiary is not among them.

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
    """Return the e-mail address in lower case.

    :raises Refusal: when it is not the address of one person.
    """
    address = text.strip().lower()
    if not (ADDRESS.fullmatch(address) and address.isascii() and address.isprintable()):
        raise Refusal("Enter the e-mail address of one person")
    if len(address) > LONGEST_ADDRESS:
        raise Refusal("The e-mail address is too long")
    return address


def check_reason(text: str) -> str:
    """Return an administrator's reason, trimmed.

    :raises Refusal: when it is missing or too long.
    """
    reason = check_comment(text.replace("\r\n", "\n"), required=False)
    if not reason:
        raise Refusal("Enter a reason")
    return reason


def check_comment(
    comment: str, *, required: bool, missing: str = "Explain in a comment why you decline"
) -> str:
    """Return the comment of a reviewer or beneficiary as it is recorded.

    :raises Refusal: when it is required and missing, with the text `missing`, or too long.
    """
    text = normalised(comment)
    if required and not text:
        raise Refusal(missing)
    if len(text) > LONGEST_JUSTIFICATION:
        raise Refusal(f"The comment must have at most {LONGEST_JUSTIFICATION} characters")
    if any(is_unprintable(letter) for letter in text):
        raise Refusal("The comment must not contain control characters")
    return text

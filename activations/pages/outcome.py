"""What has become of a request, and what to do about it, in words."""

from __future__ import annotations

from dataclasses import dataclass

from activations.states import Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """The headline of a request's page and the sentences below it."""

    headline: str
    explanation: str = ""


OUTCOMES: dict[Status, Outcome] = {
    Status.ACTIVATION_PENDING: Outcome(
        "Waiting for approval on {project}", "Nothing is granted before somebody else agrees."
    ),
    Status.PROVISIONING: Outcome(
        "Asking Google for access to {project}",
        "This takes a few seconds, and this page shows when it is done. If it goes on for minutes,"
        " Google has not told how it ended; your administrator can find out.",
    ),
    Status.ACTIVE: Outcome(
        "You have access to {project}",
        "Google needs some minutes until it works everywhere: typically 2, sometimes 7 or more."
        " It ends by itself; there is nothing to give back.",
    ),
    Status.DECLINED: Outcome("Your request for {project} was declined"),
    Status.WITHDRAWN: Outcome("You withdrew your request for {project}"),
    Status.EXPIRED: Outcome(
        "Your request for {project} has expired", "Nobody decided in time. You may request again."
    ),
    Status.ENDED: Outcome(
        "Your access to {project} has ended", "Do you need it again? Request it again below."
    ),
    Status.FAILED: Outcome("Access to {project} was not granted"),
}

RETRY = "Try again in a moment: “Request this again” fills in the form for you."
FAILURE_ADVICE = {
    "Denied": "The application may not change this project's policy. Your administrator has to"
    " allow it; trying again will not help before.",
    "NotFound": "The project may have been deleted.",
    "Invalid": "Google refused this role or condition. Show it to your administrator.",
    "NotEligible": "You lost the eligibility while Google was asked."
    " Ask the people who administer the project.",
    "QuotaExceeded": "Too many changes at once. Wait a minute, then request again.",
    "Conflict": f"Others kept changing the project's policy. {RETRY}",
}


def failure_advice(kind: str) -> str:
    """What to do about a grant that failed."""
    return FAILURE_ADVICE.get(kind, RETRY)

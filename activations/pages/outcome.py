"""What has become of a request, and what to do about it, in words."""

from __future__ import annotations

from dataclasses import dataclass

from activations.domain.states import Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """The headline of a request's page and the sentences below it."""

    headline: str
    explanation: str = ""


PROPAGATION = "It can take Google a few minutes, typically 2 and sometimes 7 or more, to apply this everywhere."
SOON_KNOWN = (
    "This usually takes a few seconds, and this page shows when it is done. If it takes minutes,"
    " Google has not confirmed the result; JIT Access finds out and shows it here."
)
OWN: dict[Status, Outcome] = {
    Status.ACTIVATION_PENDING: Outcome(
        "Waiting for approval of {role} on {project}",
        "Nothing is granted before somebody else agrees; the {minutes} start then."
        " This page shows it as soon as somebody decides.",
    ),
    Status.PROVISIONING: Outcome("Asking Google for access to {project}", SOON_KNOWN),
    Status.ACTIVE: Outcome(
        "You have access to {project}",
        f"{PROPAGATION} It ends by itself. You can end it early.",
    ),
    Status.DECLINED: Outcome(
        "Your request for {project} was declined",
        "Nothing was granted. Talk to whoever declined it, or request again.",
    ),
    Status.WITHDRAWN: Outcome("You withdrew your request for {project}", "Nothing was granted."),
    Status.EXPIRED: Outcome(
        "Your request for {project} has expired",
        "Nobody decided in time, and nothing was granted. You may request again.",
    ),
    Status.ENDED: Outcome(
        "Your access to {project} has ended", "Do you need it again? Request it again below."
    ),
    Status.FAILED: Outcome("Access to {project} was not granted"),
}
OTHERS: dict[Status, Outcome] = {
    Status.ACTIVATION_PENDING: Outcome(
        "{who} asks for {role} on {project}",
        "Nothing is granted before somebody agrees. One approval is enough; the {minutes}"
        " start then, and access ends by itself.",
    ),
    Status.PROVISIONING: Outcome("Asking Google for {who}'s access to {project}", SOON_KNOWN),
    Status.ACTIVE: Outcome(
        "{who} has access to {project}", f"{PROPAGATION} It ends by itself. No action is needed."
    ),
    Status.DECLINED: Outcome(
        "The request of {who} for {project} was declined", "Nothing was granted."
    ),
    Status.WITHDRAWN: Outcome(
        "{who} withdrew the request for {project}", "There is nothing left to decide."
    ),
    Status.EXPIRED: Outcome(
        "The request of {who} for {project} has expired",
        "Nobody decided in time, and nothing was granted. It can be requested again.",
    ),
    Status.ENDED: Outcome("The access of {who} to {project} has ended"),
    Status.FAILED: Outcome("{who} was not granted access to {project}"),
}
APPROVED_NOT_CONFIRMED = "It is approved, and Google has not confirmed the access yet."

RETRY = "Try again in a moment: “Request this again” fills in the form for you."
FAILURE_ADVICE = {
    "Denied": "The application may not change this project's policy. Your administrator has to"
    " allow it; trying again will not help before.",
    "NotFound": "The project may have been deleted.",
    "Invalid": "Google refused this role or condition. Show it to your administrator.",
    "NotEligible": "You lost the eligibility while Google was asked."
    " Ask the people who administer the project.",
    "QuotaExceeded": "Too many changes at once. Wait a minute, then request again.",
    "DailyQuotaExceeded": "No more analyses of IAM policies are possible at the moment. Request again"
    " later, or show this to your administrator.",
    "Conflict": f"Others kept changing the project's policy. {RETRY}",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the words depend on: the request, who looks at it, and what is held all the same.

    `goes_on` means that another request gives one of its roles for longer, `is_known` is false
    where it could not be found out whether access was granted, and `is_stopped` true where the request
    was withdrawn because an administrator stopped the person.
    """

    status: Status
    is_own: bool
    needed_approval: bool
    is_extended: bool = False
    goes_on: bool = False
    is_known: bool = True
    is_stopped: bool = False


# A request is over, and its access is not.
GOES_ON = {
    True: {
        Status.ENDED: Outcome("This request has ended; you still have access to {project}"),
        Status.FAILED: Outcome("This request was not granted; you still have access to {project}"),
    },
    False: {
        Status.ENDED: Outcome("This request has ended; {who} still has access to {project}"),
        Status.FAILED: Outcome("This request was not granted; {who} still has access to {project}"),
    },
}
WAS_EXTENDED = {
    True: Outcome("Your access to {project} was extended"),
    False: Outcome("The access of {who} to {project} was extended"),
}
NOT_KNOWN = Outcome(
    "It is not known whether access to {project} was granted",
    "Google had not confirmed it before its time was over. It has ended by now.",
)

STOPPED = {
    True: Outcome(
        "Your request for {project} was withdrawn",
        "An administrator stopped your access. Nothing was granted.",
    ),
    False: Outcome(
        "The request of {who} for {project} was withdrawn",
        "An administrator stopped the access of {who}. There is nothing left to decide.",
    ),
}


def outcome(seen: Seen) -> Outcome:
    """The words for whoever looks at it."""
    status, is_own = seen.status, seen.is_own
    found = (OWN if is_own else OTHERS)[status]
    if status is Status.WITHDRAWN and seen.is_stopped:
        return STOPPED[is_own]
    if seen.goes_on and seen.is_extended:
        return WAS_EXTENDED[is_own]
    if seen.goes_on:
        found = GOES_ON[is_own].get(status, found)
    elif status is Status.FAILED and not seen.is_known:
        return NOT_KNOWN
    if status is Status.PROVISIONING and seen.needed_approval:
        return Outcome(found.headline, f"{APPROVED_NOT_CONFIRMED} {SOON_KNOWN}")
    return found


def failure_advice(kind: str) -> str:
    """What to do about a grant that failed."""
    return FAILURE_ADVICE.get(kind, RETRY)

"""The texts about the state of a request, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from activations.domain.states import Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """The headline of a request's page and the sentences below it."""

    headline: str
    explanation: str = ""


PROPAGATION = "It can take Google a few minutes, typically 2 and sometimes 7 or more, to apply this everywhere."
REVIEWED = "Access ends automatically. It was activated without approval and is reviewed below."
SOON_KNOWN = (
    "This usually takes a few seconds, and this page updates when it is done. If it takes minutes,"
    " Google has not confirmed the result. JIT Access checks it and shows it here."
)
OWN: dict[Status, Outcome] = {
    Status.ACTIVATION_PENDING: Outcome(
        "Waiting for approval of {role} on {project}",
        "You get access when a reviewer approves the request. The {minutes} start then."
        " This page updates when a reviewer decides.",
    ),
    Status.SCHEDULED: Outcome(
        "Access to {project} is scheduled",
        "Access starts at the time below if you are still eligible then. IAM may need some minutes"
        " until it takes effect. You can withdraw the request until then.",
    ),
    Status.PROVISIONING: Outcome("Granting access to {project}", SOON_KNOWN),
    Status.ACTIVE: Outcome(
        "You have access to {project}",
        f"{PROPAGATION} Access ends automatically. You can end it early.",
    ),
    Status.DECLINED: Outcome(
        "Your request for {project} was declined",
        "Nothing was granted. Contact the reviewer who declined it, or request access again.",
    ),
    Status.WITHDRAWN: Outcome("You withdrew your request for {project}", "Nothing was granted."),
    Status.EXPIRED: Outcome(
        "Your request for {project} has expired",
        "No reviewer decided in time, and nothing was granted. You can request access again.",
    ),
    Status.ENDED: Outcome(
        "Your access to {project} has ended", "To continue, request access again below."
    ),
    Status.FAILED: Outcome("Access to {project} was not granted"),
}
OTHERS: dict[Status, Outcome] = {
    Status.ACTIVATION_PENDING: Outcome(
        "{who} requests {role} on {project}",
        "One approval is enough. Access starts with the approval and ends automatically"
        " after {minutes}.",
    ),
    Status.SCHEDULED: Outcome(
        "Access of {who} to {project} is scheduled",
        "Access starts at the time below if {who} is still eligible then. IAM may need some minutes"
        " until it takes effect.",
    ),
    Status.PROVISIONING: Outcome("Granting {who} access to {project}", SOON_KNOWN),
    Status.ACTIVE: Outcome(
        "{who} has access to {project}",
        f"{PROPAGATION} Access ends automatically. No action is needed.",
    ),
    Status.DECLINED: Outcome(
        "The request of {who} for {project} was declined", "Nothing was granted."
    ),
    Status.WITHDRAWN: Outcome(
        "{who} withdrew the request for {project}", "There is nothing left to decide."
    ),
    Status.EXPIRED: Outcome(
        "The request of {who} for {project} has expired",
        "No reviewer decided in time, and nothing was granted. {who} can request access again.",
    ),
    Status.ENDED: Outcome("The access of {who} to {project} has ended"),
    Status.FAILED: Outcome("{who} was not granted access to {project}"),
}
APPROVED_NOT_CONFIRMED = "The request is approved, but Google has not confirmed the access yet."

RETRY = "Try again in a moment: “Request this again” fills in the form for you."
FAILURE_ADVICE = {
    "NotStarted": "Nothing was granted. Request the role again.",
    "Denied": "JIT Access has no permission to change this project's policy. Ask your administrator"
    " to grant it before you try again.",
    "NotFound": "The project may have been deleted.",
    "Invalid": "Google rejected this role or condition. Show this message to your administrator.",
    "NotEligible": "You lost the eligibility before access was granted."
    " Ask the people who administer the project.",
    "QuotaExceeded": "Google's quota is used up. Wait a minute, then request again.",
    "DailyQuotaExceeded": "No more analyses of IAM policies are possible at the moment. Request again"
    " later, or show this message to your administrator.",
    "Conflict": f"The project's policy was changed at the same time. {RETRY}",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the texts depend on: the request's state, its viewer, and other access to the same roles.

    `goes_on` means that another request gives one of the roles for longer. `is_known` is false when it
    is not known whether access was granted. `is_stopped` means that the request was withdrawn because
    an administrator stopped the person, `is_revoked` that one withdrew the access before its start.
    `starts_later` means that the request asks for a later start.
    """

    status: Status
    is_own: bool
    needed_approval: bool
    is_extended: bool = False
    goes_on: bool = False
    is_known: bool = True
    is_stopped: bool = False
    is_revoked: bool = False
    starts_later: bool = False
    is_break_glass: bool = False


# The request has ended, but another one still gives access.
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
    "Google did not confirm the access before its end time. If it was granted, it has ended.",
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


REVOKED = {
    True: Outcome(
        "Your scheduled access to {project} was withdrawn",
        "An administrator withdrew it before its start. Nothing was granted.",
    ),
    False: Outcome(
        "The scheduled access of {who} to {project} was withdrawn",
        "An administrator withdrew it before its start. Nothing was granted.",
    ),
}


STARTS_LATER = {
    True: "You get access at the start below, or at the approval if it is later."
    " This page updates when a reviewer decides.",
    False: "Access starts at the time below, or at the approval if it is later, and ends automatically"
    " after {minutes}.",
}


def outcome(seen: Seen) -> Outcome:
    """Return the texts for a request and its viewer."""
    status, is_own = seen.status, seen.is_own
    found = (OWN if is_own else OTHERS)[status]
    if status is Status.WITHDRAWN and (seen.is_stopped or seen.is_revoked):
        return (STOPPED if seen.is_stopped else REVOKED)[is_own]
    if seen.goes_on and seen.is_extended:
        return WAS_EXTENDED[is_own]
    if seen.goes_on:
        found = GOES_ON[is_own].get(status, found)
    elif status is Status.FAILED and not seen.is_known:
        return NOT_KNOWN
    return Outcome(found.headline, _explanation(seen) or found.explanation)


def _explanation(seen: Seen) -> str:
    """Return the sentences that replace the usual ones, or ''."""
    status = seen.status
    if status is Status.ACTIVATION_PENDING and seen.starts_later:
        return STARTS_LATER[seen.is_own]
    if status is Status.ACTIVE and seen.is_break_glass:
        return f"{PROPAGATION} {REVIEWED}"
    if status is Status.PROVISIONING and seen.needed_approval:
        return f"{APPROVED_NOT_CONFIRMED} {SOON_KNOWN}"
    return ""


def failure_advice(kind: str) -> str:
    """Return what to do about a grant that failed."""
    return FAILURE_ADVICE.get(kind, RETRY)

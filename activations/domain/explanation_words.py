"""What people read of an explanation: a headline and a line for each step, on the page and in the admin."""

from __future__ import annotations

from dataclasses import dataclass

from eligibility.entitlements import ActivationType
from eligibility.explaining.steps import Check, Explanation, Outcome, Verdict

CHECKS: dict[Check, str] = {
    Check.PROJECT: "Project",
    Check.SCOPE: "Scope",
    Check.ROLE: "Role",
    Check.GRANTABLE: "Grantable on the project",
    Check.MEMBERSHIP: "Membership",
    Check.GROUP: "Groups",
    Check.BINDING: "Binding",
    Check.CONDITION: "Condition",
    Check.WINDOW: "Time",
    Check.REVIEWERS: "Reviewers",
    Check.POLICY: "Room in the IAM policy",
    Check.RULE: "Access policy",
    Check.INDEX: "Lists",
}
OUTCOMES: dict[Outcome, str] = {
    Outcome.PASS: "Passed",
    Outcome.FAIL: "Failed",
    Outcome.UNKNOWN: "Unknown",
    Outcome.INFO: "Note",
}
_MARKS = {Outcome.PASS: "✓", Outcome.FAIL: "✗", Outcome.UNKNOWN: "?", Outcome.INFO: "i"}
_TONES = {
    Verdict.ELIGIBLE: "good",
    Verdict.NOT_ELIGIBLE: "bad",
    Verdict.UNKNOWN: "warn",
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step in words; `outcome` also names its look."""

    check: str
    outcome: Outcome
    outcome_words: str
    mark: str
    text: str
    remedy: str
    command: str


@dataclass(frozen=True, slots=True)
class ExplanationLines:
    """The whole explanation in words."""

    headline: str
    tone: str
    steps: tuple[StepLine, ...]


def in_words(found: Explanation, *, who: str, role: str, project_id: str) -> ExplanationLines:
    """Return an explanation as it is shown; `who` '' is the reader."""
    steps = tuple(
        StepLine(
            check=CHECKS[step.check],
            outcome=step.outcome,
            outcome_words=OUTCOMES[step.outcome],
            mark=_MARKS[step.outcome],
            text=step.text,
            remedy=step.remedy,
            command=step.command,
        )
        for step in found.steps
    )
    headline = _headline(found, who or "You", f"{role} on {project_id}")
    return ExplanationLines(headline, _TONES[found.verdict], steps)


def _headline(found: Explanation, who: str, what: str) -> str:
    if found.verdict is Verdict.UNKNOWN:
        person = "you" if who == "You" else who
        return f"It could not be determined whether {person} can request {what}"
    if found.verdict is Verdict.NOT_ELIGIBLE:
        return f"{who} cannot request {what} now"
    if found.activation_type is ActivationType.MPA:
        return f"{who} can request {what}; somebody else must approve"
    return f"{who} can activate {what}"

"""Steps along the person's own path: the binding, the way to it, its condition and its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from eligibility.entitlements import ActivationType
from eligibility.explaining import commands
from eligibility.explaining.candidates import (
    Candidate,
    candidates,
    near_misses,
    other_conditions,
    unmarked,
)
from eligibility.explaining.looks import FirstLook
from eligibility.explaining.steps import Check, Step, failed, info, passed
from eligibility.explaining.subject import Subject, advised
from eligibility.facts import Binding, Way, place
from eligibility.validity import (
    Period,
    eligibility_end,
    eligibility_start,
    in_words,
    usable,
    why_not,
)

_KINDS = {
    ActivationType.JIT: "the marker for activating it yourself (JIT)",
    ActivationType.MPA: "the marker for approval by somebody else (MPA)",
}


def candidate_steps(
    look: FirstLook, candidate: Candidate, *, now: datetime, longest: timedelta
) -> Iterator[Step]:
    """Yield what a binding that makes the role eligible says, and whether it does so now."""
    binding, reading = candidate.binding, candidate.reading
    yield from _found(look, binding, candidate.via)
    both = " It also carries the other marker, which does not matter." * reading.has_both_markers
    yield passed(Check.CONDITION, f"The condition carries {_KINDS[reading.activation_type]}.{both}")
    if reading.resource_condition:
        text = f"Access also depends on the rest of the condition: {reading.resource_condition}"
        yield info(Check.CONDITION, text)
    yield _window(look, binding, reading.resource_condition, Period.of(now, longest))


def without_candidate(look: FirstLook) -> tuple[Step, ...]:
    """Return why the person's bindings of the role make nothing eligible; empty when there are none."""
    misses = near_misses(look)
    if misses:
        return tuple(
            step
            for one, reading in misses
            for step in (
                *_found(look, one.binding, one.via),
                _misread(look, one.binding, f"The condition does not count: {reading.reason}."),
            )
        )
    if others := other_conditions(look):
        listed = "; ".join(each or "the whole project" for each in others)
        return (
            failed(
                Check.CONDITION,
                f"{look.question.role} is eligible with another resource condition: {listed}",
                "Ask about the role without a resource condition, or with one of these.",
            ),
        )
    return tuple(
        step
        for one in unmarked(look)
        for step in (
            *_found(look, one.binding, one.via),
            _without_marker(look, one.binding),
        )
    )


def also_found(look: FirstLook, chosen: Candidate | None) -> Iterator[Step]:
    """Yield the bindings of the role beside the chosen one: with other conditions, and those that do not count."""
    if chosen:
        conditions = dict.fromkeys(one.reading.resource_condition for one in candidates(look))
        for other in conditions:
            if other not in ("", chosen.reading.resource_condition):
                yield info(
                    Check.CONDITION,
                    f"Another binding of the role has a marker and the condition: {other}",
                    "Enter this as the resource condition to have it explained.",
                )
        for one, reading in near_misses(look):
            yield info(
                Check.CONDITION,
                f"Another binding on {place(one.binding.attached_resource)} does not count:"
                f" {reading.reason}.",
                command=commands.show_bindings(one.binding.attached_resource, one.binding.role),
            )


def _found(look: FirstLook, binding: Binding, via: Way) -> Iterator[Step]:
    where = place(binding.attached_resource)
    yield passed(Check.BINDING, f"A binding of {binding.role} is set on {where}.")
    yield passed(Check.MEMBERSHIP, Subject.of(look.question).path(via))


def _misread(look: FirstLook, binding: Binding, text: str) -> Step:
    return failed(
        Check.CONDITION,
        text,
        advised(look.question, f"Correct the condition on {place(binding.attached_resource)}."),
        commands.show_bindings(binding.attached_resource, binding.role),
    )


def _without_marker(look: FirstLook, binding: Binding) -> Step:
    """IAM grants the role by this condition alone, so the binding may well be right as it is."""
    return failed(
        Check.CONDITION,
        "The condition of the binding has no marker of JIT Access: IAM grants the role whenever the"
        " condition holds, without activation.",
        advised(
            look.question,
            "Bind the role once more with a marker as its condition, if it is to be activated.",
        ),
        commands.show_bindings(binding.attached_resource, binding.role),
    )


def _window(look: FirstLook, binding: Binding, condition: str, wanted: Period) -> Step:
    if usable(condition, wanted) is None:
        reason = why_not(condition, wanted).removeprefix("its ")
        return failed(
            Check.WINDOW,
            f"{reason[0].upper()}{reason[1:]}.",
            advised(look.question, "Change the times in the condition."),
            commands.show_bindings(binding.attached_resource, binding.role),
        )
    if start := eligibility_start(condition, wanted):
        text = f"Eligibility begins at {in_words(start)}; a request must last beyond that."
    elif end := eligibility_end(condition, wanted):
        text = f"Eligibility ends at {in_words(end)}; access ends then at the latest."
    else:
        text = "Eligibility neither begins nor ends within the longest activation."
    return passed(Check.WINDOW, text)

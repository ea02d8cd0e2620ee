"""What the access policy demands of the listed roles, in words and as limits of form fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from activations.domain.requirement_words import stages_in_words, terms_in_words
from activations.domain.text import minutes_in_words
from activations.services.access_rules import current_environment
from policies.rules.requirements import ApprovalTerms, Requirements, Terms, of_environment


@dataclass(frozen=True, slots=True)
class Demands:
    """Limits that hold for all listed roles together; each role may have stricter ones.

    `hint` is about justifications of all of them. `rule`, `sentence` and `own_hints` are those of the rule
    of one role, and empty for several.
    """

    longest_minutes: int
    usual_minutes: int
    hint: str
    rule: str = ""
    sentence: str = ""
    own_hints: tuple[str, ...] = ()
    ticket_label: str = ""
    ticket_pattern: str = ""
    is_ticket_needed: bool = False

    @property
    def as_json(self) -> str:
        """For the script that says what applies to the chosen roles together."""
        return json.dumps(
            {
                "hints": self.own_hints,
                "ticket": self.ticket_label,
            }
        )


def demands_of_role(required: Requirements) -> Demands:
    """Return the demands of one role, with its approvals."""
    return demands_of([required.terms], approval=required.approval)


def demands_of(terms: Sequence[Terms], *, approval: ApprovalTerms | None = None) -> Demands:
    """Return the demands of several roles; those of the environment if there is none.

    `approval` is what one role needs.
    """
    if not terms:
        terms = (of_environment(current_environment(), is_mpa=False).terms,)
    tickets = [one.ticket for one in terms if one.ticket]
    hints = [[criterion.hint for criterion in one.justifications] for one in terms]
    common = [hint for hint in hints[0] if all(hint in others for others in hints)]
    return Demands(
        longest_minutes=max(one.max_minutes for one in terms),
        usual_minutes=max(one.default_minutes for one in terms),
        hint=". ".join(dict.fromkeys(common)),
        rule=terms[0].rule if len(terms) == 1 else "",
        sentence=_sentence(terms[0], approval) if len(terms) == 1 else "",
        own_hints=tuple(hints[0][1:]) if len(terms) == 1 else (),
        ticket_label=", ".join(dict.fromkeys(one.label for one in tickets)),
        ticket_pattern=" and ".join(dict.fromkeys(p for one in tickets for p in one.patterns)),
        is_ticket_needed=len(tickets) == len(terms),
    )


def _sentence(terms: Terms, approval: ApprovalTerms | None) -> str:
    """What the rule of one role demands, such as `prod: at most 1 h; Incident; …`."""
    stages = approval.stages if approval else ()
    return f"{terms.rule}: {terms_in_words(terms, stages)}"


@dataclass(frozen=True, slots=True)
class DemandLine:
    """One demand of a rule, for a list."""

    label: str
    words: str


def demand_lines(terms: Terms, approval: ApprovalTerms | None) -> list[DemandLine]:
    """Return everything that the rule of one role demands; nothing without a rule."""
    return list(_lines(terms, approval)) if terms.rule else []


def _lines(terms: Terms, approval: ApprovalTerms | None) -> Iterator[DemandLine]:
    yield DemandLine("Rule", terms.rule)
    if approval and approval.stages:
        yield DemandLine(
            "Approval", f"{stages_in_words(approval.stages)}; all of them different people"
        )
        within = minutes_in_words(approval.answer_within)
        yield DemandLine("Expires", f"{within} after the request, unless it is approved")
    yield DemandLine("Duration", f"at most {minutes_in_words(terms.max_minutes)}")
    for criterion in terms.justifications[1:]:
        yield DemandLine("Justification", criterion.hint)
    if terms.ticket:
        patterns = " and ".join(terms.ticket.patterns)
        yield DemandLine("Ticket", f"{terms.ticket.label}, which must match {patterns}")

"""What the access policy demands of the listed roles, in words and as limits of form fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from activations.domain.text import minutes_in_words
from activations.services.access_rules import current_environment
from policies.rules.requirements import Terms, of_environment


@dataclass(frozen=True, slots=True)
class Demands:
    """Limits that hold for all listed roles together; each role may have stricter ones.

    `hint` is about justifications of all of them; `own_hints` are those of one role's rule.
    """

    longest_minutes: int
    usual_minutes: int
    hint: str
    rule: str = ""
    own_hints: tuple[str, ...] = ()
    ticket_label: str = ""
    ticket_pattern: str = ""
    is_ticket_needed: bool = False

    @property
    def sentence(self) -> str:
        """What the rule of one role demands, such as `prod: at most 1 hour; Incident; …`."""
        parts = [f"at most {minutes_in_words(self.longest_minutes)}"]
        parts += [self.ticket_label] if self.ticket_label else []
        parts += [f"justification: {hint}" for hint in self.own_hints]
        return f"{self.rule}: {'; '.join(parts)}"


def demands_of(terms: Sequence[Terms]) -> Demands:
    """Return the demands of several roles; those of the environment if there is none."""
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
        own_hints=tuple(hints[0][1:]) if len(terms) == 1 else (),
        ticket_label=", ".join(dict.fromkeys(one.label for one in tickets)),
        ticket_pattern=" and ".join(dict.fromkeys(p for one in tickets for p in one.patterns)),
        is_ticket_needed=len(tickets) == len(terms),
    )

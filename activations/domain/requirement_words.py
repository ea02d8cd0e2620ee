"""What a rule of the access policy demands, in words: for forms, pages, the admin site and explanations. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from activations.domain.text import minutes_in_words
from policies.document.words import PEERS
from policies.rules.requirements import ApprovalStage, Terms


def principals_in_words(principals: Sequence[str]) -> str:
    """Return who is named, such as `peers or leads@example.com`."""
    return " or ".join(one if one == PEERS else one.partition(":")[2] for one in principals)


def stages_in_words(stages: Sequence[ApprovalStage]) -> str:
    """Return what the stages demand, such as `2 of peers or a@example.com, then 1 of b@example.com`."""
    return ", then ".join(f"{one.count} of {principals_in_words(one.approvers)}" for one in stages)


def terms_in_words(terms: Terms, stages: Sequence[ApprovalStage] = ()) -> str:
    """Return everything that a rule demands, such as `at most 30 min; Incident; approval by 2 of peers`.

    The first criterion of justifications is the environment's, which holds for all roles.
    """
    parts = [f"at most {minutes_in_words(terms.max_minutes)}"]
    parts += [terms.ticket.label] if terms.ticket else []
    parts += [f"justification: {one.hint}" for one in terms.justifications[1:]]
    parts += [f"approval by {stages_in_words(stages)}"] if stages else []
    return "; ".join(parts)

"""Stages of approval in words: who approves, and how many of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from policies.document.fields import PEERS
from policies.rules.requirements import ApprovalStage


def approvers_in_words(approvers: Sequence[str]) -> str:
    """Return who may approve in a stage, such as `peers or leads@example.com`."""
    return " or ".join(one if one == PEERS else one.partition(":")[2] for one in approvers)


def stages_in_words(stages: Sequence[ApprovalStage]) -> str:
    """Return what the stages demand, such as `2 of peers or a@example.com, then 1 of b@example.com`."""
    return ", then ".join(f"{one.count} of {approvers_in_words(one.approvers)}" for one in stages)

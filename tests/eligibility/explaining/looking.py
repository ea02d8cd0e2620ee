"""Looks at a project, as Google would have answered them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from eligibility.explaining.explanation import Times, explain
from eligibility.explaining.looks import CloserLook, Findings, FirstLook, Question
from eligibility.explaining.steps import Explanation
from eligibility.facts import Principals
from eligibility.people import People
from tests.eligibility.cases import JIT, NOON, PROJECT, Attached

ROLE = "roles/compute.admin"
ALICE = "user:alice@example.com"
QUESTION = Question("alice@example.com", "project-1", ROLE, sees_all=True, is_about_oneself=False)
CLOSER = CloserLook(
    scope="organizations/7",
    state="ACTIVE",
    is_listed=True,
    is_grantable=True,
    people=People({}, ()),
)
TIMES = Times(NOON, timedelta(hours=2))


def binding(
    *members: str, condition: str = JIT, role: str = ROLE, title: str = "Eligible"
) -> dict[str, Any]:
    made = {"title": title, "expression": condition}
    return {"role": role, "members": list(members or (ALICE,)), "condition": made}


def look(*bindings: dict[str, Any], question: Question = QUESTION, on: str = PROJECT) -> FirstLook:
    """The bindings are set on one resource, and the live policy of the project agrees."""
    policy = {"bindings": list(bindings)}
    return FirstLook(
        question=question,
        principals=Principals.of(question.user, ["team@example.com"]),
        policies=(Attached(on, policy),),
        live_policy=policy if on == PROJECT else {"bindings": []},
    )


def explained(
    first: FirstLook, *, closer: CloserLook | None = CLOSER, times: Times = TIMES, **changes: Any
) -> Explanation:
    looked = replace(closer, **changes) if closer else None
    return explain(first, looked, Findings(), times=times)


def texts(found: Explanation, check: str) -> str:
    return " | ".join(step.text for step in found.steps if step.check == check)

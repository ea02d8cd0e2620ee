"""The words for stages, demands and permissions."""

from __future__ import annotations

import pytest

from activations.domain.requirement_words import stages_in_words, terms_in_words
from activations.models import Review
from activations.pages.review_panel import iam_words
from activations.pages.stage_words import progress_in_words
from activations.people.stage_progress import StageProgress, missing_in_words
from policies.rules.requirements import ApprovalStage, Criterion, Terms, TicketRule

LEADS, SECURITY = ("peers", "group:leads@example.com"), ("group:security@example.com",)


def stages(*given: int) -> list[StageProgress]:
    """Two approvals by peers or leads, then one by security, with so many given."""
    needed = ((LEADS, 2), (SECURITY, 1))
    return [
        StageProgress(number, approvers, count, (Review(),) * given[number - 1])
        for number, (approvers, count) in enumerate(needed, start=1)
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((0, 0), "0 of 2 approvals by peers or leads@example.com, then 1 by security@example.com"),
        ((1, 0), "1 of 2 approvals by peers or leads@example.com, then 1 by security@example.com"),
        (
            (2, 0),
            "2 of 2 approvals by peers or leads@example.com, then 0 of 1 approval by security@example.com",
        ),
        (
            (2, 1),
            "2 of 2 approvals by peers or leads@example.com, then 1 of 1 approval by security@example.com",
        ),
    ],
)
def test_progress_counts_stages_up_to_the_open_one(given: tuple[int, int], words: str) -> None:
    assert progress_in_words(stages(*given)) == words


def test_what_is_missing_counts_from_what_was_given() -> None:
    assert missing_in_words(stages(0, 0)[:1]) == "2 approvals by peers or leads@example.com"
    assert missing_in_words(stages(1, 0)[:1]) == "1 more approval by peers or leads@example.com"


def test_demands_name_everything_but_the_environments_hint() -> None:
    found = (ApprovalStage(LEADS, 2), ApprovalStage(SECURITY, 1))
    assert stages_in_words(found) == (
        "2 of peers or leads@example.com, then 1 of security@example.com"
    )
    criteria = (Criterion(".*", "Bug or case number"), Criterion(".+", "Say why"))
    terms = Terms("prod", 90, 60, criteria, TicketRule("Incident", ("INC-.*",)))
    assert terms_in_words(terms) == "at most 1 h 30 min; Incident; justification: Say why"
    assert terms_in_words(terms, found[1:]).endswith("; approval by 1 of security@example.com")


@pytest.mark.parametrize(
    ("permissions", "words", "tone"),
    [
        (None, "Not known, because IAM did not return the permissions of the role", ""),
        ((), "No", ""),
        (
            ("resourcemanager.projects.setIamPolicy",),
            "Yes: it can grant any role on the project",
            "bad",
        ),
        (("storage.buckets.setIamPolicy",), "Yes, those of storage.buckets", "warn"),
        (
            tuple(f"a.{name}.setIamPolicy" for name in "bcde"),
            "Yes, those of a.b, a.c, a.d and others",
            "warn",
        ),
    ],
)
def test_whether_a_role_changes_iam(
    permissions: tuple[str, ...] | None, words: str, tone: str
) -> None:
    found = iam_words(permissions)
    assert (found.words, found.tone) == (words, tone)

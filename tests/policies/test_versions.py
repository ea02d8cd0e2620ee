"""The life of a version: proposed, activated or rejected, replaced, imported."""

from __future__ import annotations

import pytest

from policies.document.problems import InvalidDocument
from policies.models import PolicyProposal, PolicyVersion
from policies.services.active import active_text
from policies.services.deciding import activate, reject
from policies.services.difference import difference
from policies.services.importing import import_as_deployment
from policies.services.proposing import propose
from policies.services.refusals import (
    NoSuchProposal,
    PolicyMoved,
    PolicyNotAllowed,
    PolicyRefused,
)
from policies.services.steps import Person
from tests.policies.documents import NOW
from tests.policies.lives import FIRST, OLGA, OSCAR, SECOND, THIRD, Notebook, activated, proposed

pytestmark = pytest.mark.django_db


def decide(
    proposal: PolicyProposal, person: Person = OSCAR, *, second: bool = True
) -> PolicyProposal:
    return activate(
        proposal_id=proposal.pk,
        person=person,
        needs_second_person=second,
        now=NOW,
        record=Notebook(),
    )


def test_a_proposal_does_not_change_what_is_active() -> None:
    activated(FIRST)
    proposal = proposed(SECOND)
    assert (proposal.state, active_text()) == ("PROPOSED", FIRST)
    assert proposal.base is not None
    assert proposal.base.text == FIRST


def test_a_second_person_activates_and_the_version_before_is_replaced() -> None:
    first = activated(FIRST)
    second = activated(SECOND, minutes=5)
    first.refresh_from_db()
    assert (first.state, second.state, active_text()) == ("REPLACED", "ACTIVE", SECOND)
    assert first.replaced_at == second.decided_at
    assert (second.decided_by_email, second.was_second_person) == (OSCAR.email, True)


@pytest.mark.parametrize(
    "same",
    [OLGA, Person("OLGA@example.com"), Person("renamed@example.com", OLGA.subject)],
)
def test_who_proposed_cannot_activate(same: Person) -> None:
    proposal = proposed(FIRST)
    with pytest.raises(PolicyNotAllowed, match="another administrator"):
        decide(proposal, same)
    assert active_text() is None


def test_without_the_second_person_the_evidence_says_so() -> None:
    proposal = decide(proposed(FIRST), OLGA, second=False)
    assert (proposal.state, proposal.was_second_person) == ("ACTIVE", False)


def test_a_proposal_is_not_activated_when_the_active_version_has_changed() -> None:
    stale = proposed(SECOND)
    activated(THIRD)
    with pytest.raises(PolicyMoved, match="has changed since"):
        decide(stale)
    assert active_text() == THIRD


def test_a_proposal_is_decided_once() -> None:
    proposal = activated(FIRST)
    with pytest.raises(
        PolicyMoved, match=r"oscar@example\.com activated this proposal on 2026-11-29"
    ):
        decide(proposal)
    rejected = proposed(SECOND)
    reject(proposal_id=rejected.pk, person=OSCAR, comment="No", now=NOW, record=Notebook())
    with pytest.raises(PolicyMoved, match="rejected"):
        decide(rejected)
    with pytest.raises(NoSuchProposal):
        activate(proposal_id=0, person=OSCAR, needs_second_person=True, now=NOW, record=Notebook())


def test_a_rejection_needs_a_comment() -> None:
    proposal = proposed(FIRST)
    for comment in ("", "  ", "x" * 1001):
        with pytest.raises(PolicyRefused, match="comment"):
            reject(
                proposal_id=proposal.pk, person=OSCAR, comment=comment, now=NOW, record=Notebook()
            )
    proposal.refresh_from_db()
    assert proposal.state == "PROPOSED"


def test_the_same_text_is_no_new_version_and_no_second_proposal() -> None:
    notes = Notebook()
    first = proposed(FIRST, record=notes)
    again = propose(text=FIRST, author=OSCAR, now=NOW, record=notes)
    assert (again.proposal, again.is_new) == (first, False)
    assert (PolicyVersion.objects.count(), notes.kinds) == (1, ["policy.proposed"])
    decide(first)
    with pytest.raises(PolicyRefused, match="active already"):
        proposed(FIRST)


def test_a_text_that_was_active_before_is_proposed_and_activated_again() -> None:
    activated(FIRST)
    activated(SECOND)
    back = activated(FIRST)
    assert (active_text(), back.state, PolicyVersion.objects.count()) == (FIRST, "ACTIVE", 2)


def test_an_outdated_proposal_is_replaced_when_its_text_is_proposed_again() -> None:
    outdated = proposed(SECOND)
    activated(FIRST)
    notes = Notebook()
    fresh = proposed(SECOND, record=notes)
    outdated.refresh_from_db()
    assert (outdated.state, fresh.state) == ("REJECTED", "PROPOSED")
    assert notes.kinds == ["policy.rejected", "policy.proposed"]
    assert decide(fresh).state == "ACTIVE"


def test_an_invalid_text_is_neither_proposed_nor_imported() -> None:
    with pytest.raises(InvalidDocument):
        proposed("version: 2\n")
    with pytest.raises(InvalidDocument):
        import_as_deployment(text="", operator=OLGA, now=NOW, record=Notebook())
    assert PolicyVersion.objects.count() == 0


def test_each_step_is_recorded_with_versions_and_hashes() -> None:
    notes = Notebook()
    first = activated(FIRST, record=notes)
    second = proposed(SECOND, record=notes)
    reject(proposal_id=second.pk, person=OSCAR, comment=" Too short ", now=NOW, record=notes)
    import_as_deployment(text=THIRD, operator=Person("root@host"), now=NOW, record=notes)
    assert notes.kinds == [
        "policy.proposed",
        "policy.activated",
        "policy.proposed",
        "policy.rejected",
        "policy.imported",
    ]
    rejected, imported = notes.steps[3], notes.steps[4]
    assert (rejected.person, rejected.comment) == (OSCAR, "Too short")
    assert rejected.details == {
        "proposal": second.pk,
        "version": second.version_id,
        "sha256": second.version.sha256,
        "base_version": first.version_id,
        "base_sha256": first.version.sha256,
        "second_person": True,
        "as_deployment": False,
    }
    assert (imported.details["as_deployment"], imported.details["second_person"]) == (True, False)


def test_a_step_that_cannot_be_recorded_changes_nothing() -> None:
    def refuse(step: object) -> None:
        raise RuntimeError("no evidence")

    proposal = proposed(FIRST)
    with pytest.raises(RuntimeError):
        activate(
            proposal_id=proposal.pk,
            person=OSCAR,
            needs_second_person=True,
            now=NOW,
            record=refuse,
        )
    assert active_text() is None


def test_a_deployment_activates_at_once_and_the_same_text_changes_nothing() -> None:
    notes = Notebook()
    activated(FIRST)
    (proposal, is_new), (same, is_new_again) = (
        import_as_deployment(
            text=SECOND, operator=Person("root@host"), now=NOW, record=notes, comment="Release 7"
        )
        for _ in range(2)
    )
    assert (same, is_new, is_new_again) == (proposal, True, False)
    assert (active_text(), proposal.as_deployment) == (SECOND, True)
    assert (notes.kinds, proposal.decision_comment) == (["policy.imported"], "Release 7")


def test_the_difference_is_a_unified_diff() -> None:
    assert difference(SECOND, THIRD).splitlines() == [
        "--- active",
        "+++ proposed",
        "@@ -1,4 +1,4 @@",
        " version: 1",
        " rules:",
        " - name: all",
        "-  require: {duration: {max: 1h}}",
        "+  require: {duration: {max: 30m}}",
    ]
    assert difference(FIRST, FIRST) == ""
    assert "No newline at end of file" in difference(FIRST, FIRST.rstrip())

"""Which version is in force, also when an upgrade cannot read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from pytest_django import DjangoAssertNumQueries

from policies.document.problems import InvalidDocument
from policies.document.reading import digest
from policies.models import PolicyProposal, PolicyVersion, ProposalState
from policies.services.active import (
    UnusablePolicy,
    active_policy,
    active_rules,
    active_text,
    document_of,
    kept_requirements,
)
from tests.policies.documents import ENVIRONMENT, NOW, facts
from tests.policies.lives import FIRST, OLGA, SECOND, THIRD, activated

pytestmark = pytest.mark.django_db
OF_A_LATER_FORMAT = "version: 1\nrules: []\nlater: format\n"


def stored(text: str, *, sha256: str = "", minutes: int = 60) -> PolicyProposal:
    """A version as another release of the application activated it."""
    at = NOW + timedelta(minutes=minutes)
    PolicyProposal.objects.filter(state=ProposalState.ACTIVE).update(
        state=ProposalState.REPLACED, replaced_at=at
    )
    version = PolicyVersion.objects.create(
        text=text, sha256=sha256 or digest(text), author_email=OLGA.email, created_at=at
    )
    return PolicyProposal.objects.create(
        version=version,
        state=ProposalState.ACTIVE,
        proposed_at=at,
        proposed_by_email=OLGA.email,
        decided_at=at,
        decided_by_email=OLGA.email,
    )


def test_without_a_version_the_environment_holds() -> None:
    rules, active = active_rules(ENVIRONMENT)
    assert (active, active_policy(), active_text()) == (None, None, None)
    assert rules.requirements(facts()).rule == ""


def test_the_active_version_is_in_force() -> None:
    proposal = activated(SECOND)
    rules, active = active_rules(ENVIRONMENT)
    assert active is not None
    assert (active.version, active.sha256) == (proposal.version_id, digest(SECOND))
    assert (active.activated_at, active.fault) == (proposal.decided_at, "")
    assert rules.requirements(facts()).terms.max_minutes == 60


def test_the_next_version_is_in_force_at_once() -> None:
    activated(SECOND)
    active_rules(ENVIRONMENT)
    activated(THIRD, minutes=1)
    assert active_rules(ENVIRONMENT)[0].requirements(facts()).terms.max_minutes == 30


def test_other_values_of_the_environment_are_not_mixed_up() -> None:
    activated(SECOND)
    shorter = replace(ENVIRONMENT, max_minutes=10)
    assert active_rules(ENVIRONMENT)[0].requirements(facts()).terms.max_minutes == 60
    assert active_rules(shorter)[0].requirements(facts()).terms.max_minutes == 10


def test_each_question_costs_one_query_and_no_second_reading(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    activated(SECOND)
    rules, _ = active_rules(ENVIRONMENT)
    with django_assert_num_queries(1):
        assert active_rules(ENVIRONMENT)[0] is rules


def test_a_version_that_an_upgrade_cannot_read_leaves_the_last_good_one_in_force() -> None:
    activated(FIRST)
    good = activated(SECOND, minutes=1)
    stored(f"{OF_A_LATER_FORMAT}# 1\n", minutes=2)
    broken = stored(OF_A_LATER_FORMAT, minutes=3)
    active = active_policy()
    assert active is not None
    assert active.version == good.version_id
    assert active.fault == (
        f"Version {broken.version_id}, activated on 2026-11-29 10:03 UTC, cannot be read by this"
        " version of the application: 3:1: The key later is unknown. Allowed here: version, rules."
        f" Version {good.version_id} stays in force."
    )
    assert active_text() == OF_A_LATER_FORMAT


def test_nothing_is_decided_when_no_version_can_be_read() -> None:
    stored(OF_A_LATER_FORMAT)
    with pytest.raises(UnusablePolicy, match="cannot be read"):
        active_rules(ENVIRONMENT)


def test_a_text_that_does_not_have_its_hash_is_not_used() -> None:
    stored(THIRD, sha256=digest(f"{THIRD}# as it was activated\n"))
    with pytest.raises(UnusablePolicy, match="hash"):
        active_policy()


def test_the_rule_of_an_earlier_version_is_found_by_its_name() -> None:
    activated(SECOND)
    activated(FIRST, minutes=1)
    kept = partial(kept_requirements, environment=ENVIRONMENT, is_mpa=True)
    assert kept(sha256=digest(SECOND), rule="all").terms.max_minutes == 60
    assert kept(sha256=digest(SECOND), rule="").terms.max_minutes == 120
    assert kept(sha256="", rule="").terms.max_minutes == 120
    for sha256, rule in ((digest(SECOND), "other"), ("0" * 64, "all")):
        with pytest.raises(UnusablePolicy):
            kept(sha256=sha256, rule=rule)


def test_any_version_is_found_by_its_hash() -> None:
    activated(SECOND)
    activated(THIRD)
    assert document_of(digest(SECOND)).rules[0].name == "all"
    stored(OF_A_LATER_FORMAT)
    with pytest.raises(InvalidDocument):
        document_of(digest(OF_A_LATER_FORMAT))
    with pytest.raises(PolicyVersion.DoesNotExist):
        document_of("0" * 64)

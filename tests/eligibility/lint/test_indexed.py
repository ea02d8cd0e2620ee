"""Lint of the index: people, groups and reviewers, in the order of the rows, in constant memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import pytest

from eligibility.lint.finding import Finding, Kind
from eligibility.lint.indexed import Linted, Position, count_granting, lint
from eligibility.models import IndexedBinding, IndexedMember, Refresh
from simulator.company import Company
from tests.eligibility.cases import JIT, MPA, NOON
from tests.eligibility.indexed_world import index_of
from tests.eligibility.lint.groups import group

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
ALICE, BOB = "user:alice@example.com", "user:Bob@Example.com"
TEAM = "group:team@example.com"
ROLE = "roles/compute.admin"


@pytest.fixture
def company() -> Company:
    """Project p in folder 2, which is in folder 1; project q beside it."""
    made = Company()
    made.add_folder("1", parent="organizations/7")
    made.add_folder("2", parent="folders/1")
    made.add_project("p", parent="folders/2")
    made.add_project("q", parent="folders/1")
    return made


def findings(company: Company, reviewers: Sequence[str] = ()) -> list[Finding]:
    found = lint(index_of(company, NOON), now=NOON, reviewers=reviewers)
    return [finding for linted in found for finding in linted.findings]


def kinds(company: Company, reviewers: Sequence[str] = ()) -> list[str]:
    return [finding.kind.value for finding in findings(company, reviewers)]


def test_a_single_holder_has_no_reviewer(company: Company) -> None:
    company.bind("p", ROLE, ALICE, MPA)
    (finding,) = findings(company)
    assert finding.kind == Kind.NO_REVIEWER
    assert "alice@example.com is the only person" in finding.text
    assert "--member=user:REVIEWER_EMAIL" in finding.command


@pytest.mark.parametrize("node", ["p", "folders/2", "folders/1", "organizations/7"])
def test_another_holder_above_or_beside_is_a_reviewer(company: Company, node: str) -> None:
    company.bind("p", ROLE, ALICE, MPA, title="one")
    company.bind(node, ROLE, [BOB, "user:carol@example.com"], MPA, title="two")
    assert kinds(company) == []


@pytest.mark.parametrize(
    ("node", "role", "condition"),
    [
        ("q", ROLE, MPA),
        ("p", "roles/viewer.x", MPA),
        ("p", ROLE, JIT),
        ("p", ROLE, f"{MPA} && a"),
    ],
)
def test_holders_of_something_else_are_no_reviewers(
    company: Company, node: str, role: str, condition: str
) -> None:
    company.bind("p", ROLE, ALICE, MPA)
    company.bind(node, role, [BOB, "user:carol@example.com"], condition)
    assert kinds(company) == ["no_reviewer"]


def test_a_holder_below_a_folder_reviews_only_there(company: Company) -> None:
    company.bind("folders/1", ROLE, ALICE, MPA)
    company.bind("p", ROLE, BOB, MPA)
    assert [one.node for one in findings(company)] == ["folders/1"]


@pytest.mark.parametrize(
    ("reviewers", "expected"),
    [
        ((), ["no_reviewer"]),
        (("user:maria@example.com",), []),
        (("user:alice@example.com",), ["no_reviewer"]),
        (("group:leads@example.com",), []),
        (("group:just-alice@example.com",), ["no_reviewer"]),
        (("group:not-in-the-index@example.com",), []),
    ],
)
def test_designated_reviewers_count(
    company: Company, reviewers: tuple[str, ...], expected: list[str]
) -> None:
    company.bind("p", ROLE, ALICE, MPA)
    group("leads", ["maria", "alice"])
    group("just-alice", ["alice"])
    assert kinds(company, reviewers) == expected


def test_people_in_nested_groups_count_once_and_only_while_active(company: Company) -> None:
    company.bind("p", ROLE, [ALICE, TEAM], MPA)
    group("team", ["alice"], nested=["inner"])
    group("inner", ["alice"], nested=["team"], suspended=["gus"])
    assert kinds(company) == ["no_reviewer", "suspended"]


@pytest.mark.parametrize(
    "facts", [{"people": ["alice", "bob"]}, {"everybody": True}, {"is_read": False}]
)
def test_groups_with_others_or_unknown_members_raise_no_alarm(
    company: Company, facts: dict[str, object]
) -> None:
    company.bind("p", ROLE, [ALICE, TEAM], MPA)
    group("team", **facts)  # type: ignore[arg-type]
    assert kinds(company) == []


def test_a_role_that_nobody_holds_needs_no_reviewer(company: Company) -> None:
    company.bind("p", ROLE, TEAM, MPA)
    group("team")
    assert kinds(company) == []


def test_groups_that_cannot_be_read_are_named_with_the_reason(company: Company) -> None:
    company.bind("p", ROLE, TEAM, JIT)
    group("team", ["alice"], nested=["secret"])
    group("secret", unreadable="Not Authorized")
    (finding,) = findings(company)
    assert finding.kind == Kind.UNREADABLE_GROUP
    assert finding.members == ("group:secret@example.com",)
    assert "Not Authorized" in finding.text
    assert finding.command == "gcloud identity groups describe secret@example.com"


def test_suspended_people_are_found_in_bindings_and_in_groups(company: Company) -> None:
    company.bind("p", ROLE, [TEAM, "user:Gus@example.com", ALICE], JIT)
    group("team", ["alice"], suspended=["gus"])
    direct, inside = findings(company)
    assert direct.kind == inside.kind == Kind.SUSPENDED
    assert direct.members == inside.members == ("user:gus@example.com",)
    assert "remove-iam-policy-binding p --member=user:gus@example.com" in direct.command
    assert "--group-email=team@example.com --member-email=gus@example.com" in inside.command


def test_ended_eligibility_is_not_examined_further(company: Company) -> None:
    company.bind("p", ROLE, [ALICE], f"{MPA} && false")
    assert kinds(company) == ["ended"]


def test_the_description_of_a_condition_is_in_the_command(company: Company) -> None:
    company.bind("p", ROLE, ALICE, f"{JIT} || true", title="T", description="Why")
    (finding,) = findings(company)
    assert "title=T,description=Why" in finding.command


def test_near_misses_come_first_and_a_position_continues(company: Company) -> None:
    company.bind("p", "roles/owner", ALICE, JIT)
    company.bind("p", ROLE, ALICE, f"{JIT} || true")
    company.bind("q", ROLE, ALICE, "has({}.jitAccesConstraint)")
    company.bind("q", ROLE, ["domain:example.com"], JIT)
    refresh = index_of(company, NOON)
    whole = list(lint(refresh, now=NOON))
    assert [one.findings[0].kind.value for one in whole] == [
        *("really_grants", "near_miss"),
        *("role_without_conditions", "never_eligible"),
    ]
    assert count_granting(refresh) == 1
    for number, linted in enumerate(whole, start=1):
        after = Position.parse(str(linted.position))
        assert list(lint(refresh, now=NOON, after=after)) == whole[number:]
    assert Position.parse("e12; DROP") == Position.parse("") == Position()


def test_a_kind_leaves_out_all_others(company: Company) -> None:
    company.bind("p", "roles/owner", "domain:example.com", JIT)
    company.bind("p", ROLE, ALICE, f"{JIT} || true")
    refresh = index_of(company, NOON)

    def of(kind: Kind) -> list[Finding]:
        return [one for linted in lint(refresh, now=NOON, kind=kind) for one in linted.findings]

    assert [one.kind for one in of(Kind.REALLY_GRANTS)] == [Kind.REALLY_GRANTS]
    assert [one.kind for one in of(Kind.NEVER_ELIGIBLE)] == [Kind.NEVER_ELIGIBLE]
    assert of(Kind.NEAR_MISS) == []


def test_other_refreshes_are_not_mixed_in(company: Company) -> None:
    company.bind("p", ROLE, ALICE, f"{JIT} || true")
    index_of(company, NOON)
    assert kinds(Company()) == []


def many(count: int) -> Refresh:
    refresh = Refresh.objects.create(status=Refresh.Status.COMPLETE, started_at=NOON, ended_at=NOON)
    rows = IndexedBinding.objects.bulk_create(
        IndexedBinding(
            refresh=refresh,
            node=f"projects/p{number}",
            role=ROLE,
            expression=JIT,
            activation_type="JIT",
        )
        for number in range(count)
    )
    IndexedMember.objects.bulk_create(
        IndexedMember(refresh=refresh, binding=row, member="domain:example.com") for row in rows
    )
    return refresh


def test_memory_does_not_grow_with_the_number_of_bindings() -> None:
    few, more = many(400), many(2400)
    for _ in lint(few, now=NOON):
        pass  # what is loaded once

    def peak(refresh: Refresh) -> int:
        tracemalloc.start()
        count = sum(len(linted.findings) for linted in lint(refresh, now=NOON))
        assert count == IndexedBinding.objects.filter(refresh=refresh).count()
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(more) < 1.5 * peak(few)


def test_bindings_without_findings_have_a_position_too(company: Company) -> None:
    company.bind("p", ROLE, [ALICE, BOB], JIT)
    (linted,) = lint(index_of(company, NOON), now=NOON)
    assert isinstance(linted, Linted)
    assert linted.findings == ()

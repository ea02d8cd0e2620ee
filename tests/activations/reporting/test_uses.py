"""When eligibility was last used, compared with its definition on random worlds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activations.domain.states import GrantState
from activations.models import Address, EligibleMember, Grant, Request
from activations.reporting.uses import last_uses, used_since
from eligibility.conditions import Eligibility, read_eligibility
from eligibility.models import IndexedMember, Refresh
from simulator.company import Company
from tests.activations.admin import history
from tests.activations.admin.history import NOON
from tests.eligibility.cases import JIT, MPA
from tests.eligibility.indexed_world import index_of, marked
from tests.rewriting import rewrite

DAY = timedelta(days=1)
BUCKET = 'resource.name.startsWith("projects/_/buckets/logs")'
PEOPLE = ("alice@example.com", "bob@example.com", "charlie@example.com")
GROUPS = tuple(f"g{number}@example.com" for number in range(4))
PROJECTS = ("project-1", "project-2", "project-3")
NODES = ("organizations/7", "folders/1", "folders/2", *PROJECTS)
ROLES = ("roles/viewer", "roles/editor")
MEMBERS = (*(f"user:{one}" for one in PEOPLE), *(f"group:{one}" for one in GROUPS))
UNTIL, SINCE = 10, 4

bindings = st.tuples(
    st.sampled_from(NODES),
    st.sampled_from(ROLES),
    st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=3),
    st.sampled_from([JIT, MPA, f"{JIT} && {BUCKET}"]),
)
edges = st.tuples(st.sampled_from(GROUPS), st.sampled_from((*PEOPLE, *GROUPS)))
grants = st.tuples(
    st.sampled_from(PEOPLE),
    st.sampled_from(PROJECTS),
    st.sampled_from(ROLES),
    st.sampled_from(["", BUCKET]),
    st.integers(0, 12),
    st.sampled_from([GrantState.ACTIVE, GrantState.ENDED, GrantState.FAILED]),
)
Use = tuple[str, str, str, str, int, GrantState]


def day(number: int) -> datetime:
    return NOON + number * DAY


def company_of(bound: list[Any], contained: list[tuple[str, str]]) -> Company:
    company = Company()
    company.add_folder("1", parent="organizations/7")
    company.add_folder("2", parent="folders/1")
    for name, parent in zip(PROJECTS, ("folders/2", "folders/1", "organizations/7"), strict=True):
        company.add_project(name, parent=parent)
    for person in PEOPLE:
        company.add_user(person)
    for group in GROUPS:
        company.add_group(group)
    for group, member in contained:
        company.join(group, member)
    for node, role, members, condition in bound:
        company.bind(node, role, members, condition)
    return company


def people_in(company: Company, member: str) -> set[str]:
    """The definition: a person, or everybody in a group, through any nesting."""
    kind, _, address = member.partition(":")
    if kind == "user":
        return {address}
    found, waiting = {address}, [address]
    while waiting:
        inner = set(company.groups[waiting.pop()].members) - found
        found |= inner
        waiting += [one for one in inner if one in company.groups]
    return found - set(GROUPS)


def expected(company: Company, used: list[Use]) -> Iterator[tuple[tuple[str, ...], int]]:
    """The definition, for each member as bound."""
    for resource in company.resources.values():
        for binding in marked(resource):
            made = read_eligibility(binding["condition"]["expression"])
            assert isinstance(made, Eligibility)
            for member in binding["members"]:
                days = [
                    when
                    for person, project, role, condition, when, state in used
                    if state != GrantState.FAILED
                    and when <= UNTIL
                    and person in people_in(company, member)
                    and role == binding["role"]
                    and condition == made.resource_condition
                    and resource in company.ancestry(company.resource(project))
                ]
                condition = binding["condition"]["expression"]
                yield (resource.name, binding["role"], condition, member), max(days, default=-1)


def add(used: list[Use]) -> None:
    for person, project, role, condition, when, state in used:
        request = history.request(day(when), email=person, project_id=project)
        history.grant(
            day(when),
            of=request,
            state=state,
            role=role,
            resource_condition=condition,
            ended_at=day(when) if state == GrantState.ENDED else None,
        )


def key_of(row: IndexedMember) -> tuple[str, ...]:
    bound = row.binding
    return bound.node, bound.role, bound.expression, row.member


@pytest.mark.django_db
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    bound=st.lists(bindings, max_size=6),
    contained=st.lists(edges, max_size=8),
    used=st.lists(grants, max_size=6),
)
def test_last_uses_follow_their_definition(
    bound: list[Any], contained: list[tuple[str, str]], used: list[Use]
) -> None:
    with transaction.atomic():
        company = company_of(bound, contained)
        index_of(company_of(bound[:1], contained), NOON - DAY)
        refresh = index_of(company, NOON)
        add(used)
        rows = EligibleMember.objects.filter(refresh=refresh).select_related("binding")
        found = last_uses(list(rows), until=day(UNTIL))
        wanted = dict(expected(company, used))
        assert {key_of(row): found.get(row.pk) for row in rows} == {
            key: day(when) if when >= 0 else None for key, when in wanted.items()
        }
        since = used_since(day(SINCE), until=day(UNTIL), refresh=refresh.pk)
        recent = rows.filter(pk__in=since)
        assert {key_of(row) for row in recent} == {
            key for key, when in wanted.items() if when > SINCE
        }
        transaction.set_rollback(True)


@pytest.fixture
def bound_to_alice(db: None) -> Refresh:
    bound = ("project-1", "roles/viewer", ["user:alice@example.com"], JIT)
    return index_of(company_of([bound], []), NOON)


def both_agree(refresh: Refresh, until: datetime) -> bool:
    """Whether the one member used the role, which both queries must say."""
    [row] = EligibleMember.objects.filter(refresh=refresh).select_related("binding")
    is_used = row.pk in last_uses([row], until=until)
    since = used_since(NOON - 400 * DAY, until=until, refresh=refresh.pk)
    assert EligibleMember.objects.filter(pk__in=since).exists() is is_used
    return is_used


def renamed(old: str, new: str, at: datetime) -> None:
    """The account's address has changed; the old one belongs to nobody."""
    person = history.person(old)
    Address.objects.create(person=person, email=old, since=NOON - DAY, until=at, asserted_at=at)
    Address.objects.create(person=person, email=new, since=at, asserted_at=at)


def used_by(email: str) -> Grant:
    request = history.request(NOON, email=email, project_id="project-1")
    return history.grant(NOON, of=request, role="roles/viewer")


def test_a_renamed_account_takes_its_uses_along(bound_to_alice: Refresh) -> None:
    used_by("alice.smith@example.com")
    renamed("alice.smith@example.com", "alice@example.com", NOON + DAY)
    assert both_agree(bound_to_alice, NOON + DAY)


def test_uses_of_an_address_do_not_pass_to_its_next_owner(bound_to_alice: Refresh) -> None:
    used_by("alice@example.com")
    renamed("alice@example.com", "alice.smith@example.com", NOON + DAY)
    assert not both_agree(bound_to_alice, NOON + DAY)


def test_access_that_was_adopted_counts_by_its_address(bound_to_alice: Refresh) -> None:
    grant = used_by("alice@example.com")
    renamed("bob@example.com", "alice@example.com", NOON + DAY)
    rewrite(Request.objects.filter(pk=grant.request_id), beneficiary=None, channel="adopted")
    assert both_agree(bound_to_alice, NOON + DAY)


def test_access_that_begins_later_is_not_a_use_yet(bound_to_alice: Refresh) -> None:
    used_by("alice@example.com")
    assert not both_agree(bound_to_alice, NOON - DAY)
    assert last_uses([], until=NOON) == {}

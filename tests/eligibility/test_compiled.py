"""Compiled queries answer as the querysets that they are made from, on both kinds of database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Greatest
from django.db.transaction import TransactionManagementError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from activations.domain.states import GrantState
from activations.models import Grant, QuotaBucket, Request, User
from eligibility.compiled import (
    MOST_FILLED,
    Compiled,
    CompiledIn,
    CompiledUpdate,
    instant,
    keep_related,
    key,
    real,
    some_person,
    text,
)
from tests.activations.rows import NOON, grant, request, user

BEFORE = NOON - timedelta(days=9)
# Characters that SQL, LIKE and the drivers' placeholders treat specially, among any others that can be stored.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from("%_\\'\"?:$"),
    min_size=1,
    max_size=30,
)


def granted_after(person: User, now: datetime) -> QuerySet[Grant]:
    found = Grant.objects.of(person).filter(end_time__gt=now)
    return found.select_related("request__beneficiary").order_by("pk")


GRANTED = Compiled(lambda: granted_after(some_person(), instant("now")))


@pytest.mark.django_db
def test_rows_are_those_of_the_queryset() -> None:
    alice, bob = user(), user("bob@example.com")
    request(GrantState.ACTIVE, GrantState.ENDED, of=alice)
    request(GrantState.ACTIVE, of=bob)
    for person in (alice, bob, User(pk=0)):
        for now in (BEFORE, NOON + timedelta(days=9)):
            expected = list(granted_after(person, now))
            found = GRANTED.rows(person=person.pk, now=now)
            assert [columns(row) for row in found] == [columns(row) for row in expected]
    assert len(GRANTED.rows(person=alice.pk, now=BEFORE)) == 2


def columns(row: Grant) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname) for field in Grant._meta.concrete_fields
    }  # documented by Django


@pytest.mark.django_db
def test_joined_rows_need_no_query(django_assert_num_queries: Callable[[int], Any]) -> None:
    alice = user()
    request(GrantState.ACTIVE, of=alice)
    with django_assert_num_queries(1):
        row = GRANTED.first(person=alice.pk, now=BEFORE)
        assert row is not None
        assert row.request.beneficiary == alice
    row.state = GrantState.ENDED
    assert not row._state.adding  # a row that was read is updated when it is saved


@pytest.mark.django_db
def test_lists_of_values_and_conditions_are_tuples() -> None:
    request(GrantState.ACTIVE)
    grants = Grant.objects.filter(request=OuterRef("pk"), role=text("role"))
    found = Compiled(lambda: Request.objects.values_list("requested_at", Exists(grants)))
    assert found.rows(role="roles/r0") == [(NOON, True)]
    assert found.rows(role="roles/other") == [(NOON, False)]


@pytest.mark.django_db
def test_the_queryset_is_made_once() -> None:
    made = []

    def build() -> QuerySet[Request]:
        made.append(1)
        return Request.objects.filter(pk=key("request"))

    found = Compiled(build)
    row = request()
    for _ in range(3):
        assert found.rows(request=row.pk) == [row]
    assert made == [1]


@pytest.mark.django_db
@pytest.mark.parametrize("number", [0, 1, 2, 3, 5, 8])
def test_any_number_of_texts_is_looked_up(number: int) -> None:
    names = [f"name {place}" for place in range(number)]
    for name in (*names, "another"):
        QuotaBucket.objects.create(name=name, full_at=1)
    found = CompiledIn(lambda texts: QuotaBucket.objects.filter(name__in=texts))
    assert sorted(row.name for row in found.rows([*names, *names[:1]])) == names


@pytest.mark.django_db
def test_a_long_list_of_texts_is_looked_up_and_not_kept() -> None:
    QuotaBucket.objects.create(name="name 7", full_at=1)
    found = CompiledIn(lambda texts: QuotaBucket.objects.filter(name__in=texts))
    for number in (MOST_FILLED, 20_000):
        assert [one.name for one in found.rows([f"name {n}" for n in range(number)])] == ["name 7"]
    assert found._compiled.keys() == {MOST_FILLED}


@pytest.mark.django_db
def test_annotations_are_attributes_of_the_row() -> None:
    row = request(GrantState.ACTIVE)
    of = Grant.objects.filter(request=OuterRef("pk"), role=text("role"))
    found = Compiled(lambda: Request.objects.annotate(has_role=Exists(of)))
    for role, expected in (("roles/r0", True), ("roles/other", False)):
        (other,) = found.rows(role=role)
        assert (other, other.has_role) == (row, expected)  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_an_update_computes_with_columns_and_values() -> None:
    QuotaBucket.objects.create(name="mine", full_at=5)
    QuotaBucket.objects.create(name="other", full_at=5)
    pour = CompiledUpdate(
        lambda: QuotaBucket.objects.filter(name=text("name"), full_at__lte=real("latest")),
        full_at=Greatest(F("full_at"), real("moment")) + real("drop"),
    )
    assert pour.run(name="mine", latest=9.0, moment=7.0, drop=0.5) == 1
    assert pour.run(name="mine", latest=7.0, moment=7.0, drop=0.5) == 0
    assert pour.run(name="mine", latest=9.0, moment=1.0, drop=0.5) == 1
    assert dict(QuotaBucket.objects.values_list("name", "full_at")) == {"mine": 8.0, "other": 5.0}


@pytest.mark.django_db
def test_kept_related_rows_need_no_query(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    row = request(GrantState.ACTIVE, GrantState.ENDED)
    (kept, _) = Grant.objects.order_by("role")
    with django_assert_num_queries(0):
        keep_related(row, "grants", [kept])
        assert list(row.grants.all()) == [kept]
    assert row.grants.filter(state=GrantState.ENDED).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_a_row_is_locked_until_the_end_of_the_transaction() -> None:
    row = grant(request())
    locked = Compiled(lambda: Grant.objects.filter(pk=key("grant")).select_for_update())
    for _ in range(2):
        with pytest.raises(TransactionManagementError):
            locked.first(grant=row.pk)
        with transaction.atomic():
            assert locked.first(grant=row.pk) == row
    with transaction.atomic():
        locked.first(grant=row.pk)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE mode = 'RowShareLock' AND granted")
            assert cursor.fetchone()[0] >= 1


class TestTexts(TestCase):
    """Values are sent apart from the statement."""

    @given(name=TEXTS, other=TEXTS)
    def test_any_text_is_found_as_it_is(self, name: str, other: str) -> None:
        QuotaBucket.objects.create(name=name, full_at=1)
        assert [row.name for row in NAMED.rows(name=name)] == [name]
        expected = list(QuotaBucket.objects.filter(name__icontains=other))
        assert CONTAINING.rows(part=other) == expected


NAMED = Compiled(lambda: QuotaBucket.objects.filter(name=text("name")))
CONTAINING = Compiled(lambda: QuotaBucket.objects.filter(name__icontains=text("part")))

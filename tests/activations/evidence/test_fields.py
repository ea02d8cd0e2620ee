"""Every field is classified, so that a new field cannot stay unprotected."""

from __future__ import annotations

import pytest

from activations.evidence.digests import covered
from activations.evidence.fields import TABLES, Change, Table
from activations.evidence.imports import EARLIER

tables = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


@tables
def test_every_field_of_the_model_is_classified(table: Table) -> None:
    """Add a missing field to `activations/evidence/fields.py`, as a fact unless code changes it."""
    assert set(table.changes) == set(table.fields)


@tables
def test_events_contain_every_field_except_those_with_a_reason(table: Table) -> None:
    numbers = {"id"} if table.name in {"reviewer", "review", "after_review"} else set()
    assert set(table.recorded) == set(table.fields) - table.unrecorded - numbers
    assert table.unrecorded <= {"removed_at", "told_at"}


@pytest.mark.parametrize("table", EARLIER, ids=lambda table: table.name)
def test_fields_covered_by_digests_exist(table: Table) -> None:
    assert set(covered(table)) <= set(table.recorded)


@tables
def test_states_and_their_transitions_belong_together(table: Table) -> None:
    assert bool(table.named(Change.STATE)) is bool(table.transitions)
    assert bool(table.named(Change.WHILE_OPEN)) <= bool(table.transitions)

"""PostgreSQL finds words of justifications and comments through an index, and without it, too."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from activations.admin import search
from activations.models import Event, Request
from activations.models.text_index import INDEXES, build_text_indexes
from tests.activations.admin import history
from tests.activations.admin.reading import GRANTS, REQUESTS, listed

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("model", "column", "index"),
    [(Request, "justification", "request_words"), (Event, "comment", "event_words")],
)
def test_a_search_can_use_the_index(model: Any, column: str, index: str) -> None:
    execute("SET LOCAL enable_seqscan = off", "SET LOCAL enable_indexscan = off")
    for lookup in (f"{column}__icontains", "project_id__startswith"):
        assert index in model.objects.filter(**{lookup: "nowhere"}).explain()
    if model is Request:
        assert index in model.objects.filter(search.words("nowhere")).explain()


def test_the_same_is_found_without_the_extension_and_migrate_builds_the_index_again(
    audrey: Any,
) -> None:
    history.grant(of=history.request(justification="disk is full"))
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for statement in ("SELECT 1", "DROP EXTENSION pg_trgm CASCADE"):
        execute(statement)
        for address in (GRANTS, REQUESTS):
            assert len(listed(audrey, address, q="DISK")) == 1
            assert listed(audrey, address, q="tape") == set()
    assert build_text_indexes(connection) == ""
    with connection.cursor() as cursor:
        there = {one for one in INDEXES if one in _indexes(cursor)}
    assert there == INDEXES.keys()


def _indexes(cursor: Any) -> set[str]:
    cursor.execute("SELECT indexname FROM pg_indexes")
    return {name for (name,) in cursor.fetchall()}


def test_a_role_that_may_not_install_the_extension_is_told() -> None:
    execute("DROP EXTENSION pg_trgm CASCADE", "CREATE ROLE migrates_only", "SET ROLE migrates_only")
    assert build_text_indexes(connection).startswith(
        "the extension pg_trgm is not installed: permission denied"
    )
    execute("RESET ROLE")

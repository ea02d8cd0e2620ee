"""Cells of CSV exports are safe in spreadsheets and keep the whole text."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from activations.exports.columns import Column, Layout
from activations.exports.csv_cells import original_text, safe_cell
from activations.exports.csv_lines import csv_lines
from activations.exports.json_lines import json_lines

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)
STARTS = "=+-@\t\r\n＝＋－＠'"
TEXTS = st.one_of(st.text(), st.text(alphabet=STARTS + 'a1,";'))
LAYOUT: Layout[list[str]] = Layout("test", 1, (Column("text", "", lambda row, _: row[0]),))


@given(TEXTS)
@example("=1+1")
@example("'=1+1")
@example("'quoted'")
def test_no_cell_is_a_formula_and_every_cell_can_be_read_back(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))
    assert original_text(cell) == text


@given(st.lists(TEXTS))
def test_a_file_contains_every_text_unchanged(texts: list[str]) -> None:
    lines = list(csv_lines([[text] for text in texts], layout=LAYOUT, as_of=NOON))
    content = "".join(lines).removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert rows[0] == ["schema_version", "text"]
    assert [original_text(row[1]) for row in rows[1:]] == texts
    assert all(line.endswith("\r\n") for line in lines)


def test_harmless_text_does_not_change() -> None:
    assert safe_cell("bug 42: it's broken") == "bug 42: it's broken"


def test_json_lines_refuse_unsupported_types() -> None:
    rubbish: Layout[object] = Layout("test", 1, (Column("itself", "", lambda row, _: row),))
    with pytest.raises(TypeError, match="object"):
        list(json_lines([object()], layout=rubbish, as_of=NOON))

"""Escapes cells that a spreadsheet would treat as a formula, and undoes the escape."""

from __future__ import annotations

import re

# Excel, LibreOffice and Google Sheets start a formula at these; the wide forms count in East Asian
# locales. A cell that starts with apostrophes before one of these is escaped too, so that it can be undone.
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
# With what such a cell begins.
BEGINNINGS = frozenset("'=+-@\t\r\n＝＋－＠")


def safe_cell(text: str) -> str:
    """Return the text, preceded by an apostrophe if a spreadsheet would evaluate it."""
    return f"'{text}" if text[:1] in BEGINNINGS and _FORMULA.match(text) else text


def original_text(cell: str) -> str:
    """Return the text from which `safe_cell` made the cell."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell

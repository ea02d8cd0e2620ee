"""Cells that no spreadsheet takes for a formula, and the way back to the text."""

from __future__ import annotations

import re

# Excel, LibreOffice and Google Sheets start a formula at these; the wide forms count in East Asian
# locales. Apostrophes in front are looked through, so that the escape can be undone.
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")


def safe_cell(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would calculate."""
    return f"'{text}" if _FORMULA.match(text) else text


def original_text(cell: str) -> str:
    """The text that `safe_cell` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell

"""Reads the pages of reports: the table, the chart and the file."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.activations.admin.reading import csv_rows, text

PAGE = "/admin/reports/"


def page(who: Any, name: str, /, **filters: str) -> str:
    response = who.get(f"{PAGE}{name}/", filters)
    assert response.status_code == 200, response.content
    return text(response)


def table(shown: str) -> list[list[str]]:
    """Return the cells of each row of the body of the table."""
    [body] = re.findall(r"<tbody>(.*?)</tbody>", shown, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [
        [_words(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


def rows_of(who: Any, name: str, /, **filters: str) -> list[list[str]]:
    return table(page(who, name, **filters))


def file_of(person: Any, name: str, query: str = "") -> list[dict[str, str]]:
    """Return the rows of the CSV file of a report."""
    return csv_rows(person.post(f"{PAGE}{name}/{query}"))


def summary(shown: str) -> str:
    [words] = re.findall(
        r'<figcaption>(.*?)</figcaption>|<p class="summary">(.*?)</p>', shown, re.DOTALL
    )
    return _words("".join(words))


def _words(cell: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", cell).split()))

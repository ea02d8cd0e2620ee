"""Template filters and tags for text that people typed, and for times."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeData, SafeString, mark_safe
from django.utils.text import capfirst

from activations.domain import text

register = template.Library()
_CELL = re.compile(r"^<t[dh]")
_INDENTATION = re.compile(r"\n\s*")


@register.filter(is_safe=True)
def visible(value: object) -> object:
    """Show characters that hide or reorder text as a placeholder; other values as they are."""
    if isinstance(value, SafeData):
        return mark_safe(text.visible(str(value)))  # noqa: S308 - was marked safe before
    return text.visible(value) if isinstance(value, str) else value


@register.simple_block_tag
def compact(content: str) -> SafeString:
    """Leave out the indentation of lines, which is half of a long table. Not for text that people typed."""
    return mark_safe(_INDENTATION.sub("\n", content))  # noqa: S308 - rendered by the template, which escapes


@register.simple_tag
def labelled(cell: SafeString, headers: Sequence[Mapping[str, Any]], position: int) -> SafeString:
    """Give a cell of a list in the admin the heading of its column, which a phone shows beside it."""
    heading = str(headers[position]["text"])
    if "<" in heading:  # the check box that selects all rows
        return cell
    label = format_html(' data-label="{}"', capfirst(heading))
    return mark_safe(_CELL.sub(rf"\g<0>{label}", cell, count=1))  # noqa: S308 - the admin made the cell


@register.simple_tag
def moment(at: datetime, *, both: bool = False) -> SafeString:
    """Render a time without a trailing blank, so that punctuation can follow."""
    shown = render_to_string("parts/time.html", {"moment": at, "both": both})
    return mark_safe(shown.strip())  # noqa: S308 - the template escapes

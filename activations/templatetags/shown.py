"""How pages show typed text and times."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeData, SafeString, mark_safe

from activations.domain import text

register = template.Library()


@register.filter(is_safe=True)
def visible(value: object) -> object:
    """Show characters that hide or reorder text as a placeholder; other values as they are."""
    if isinstance(value, SafeData):
        return mark_safe(text.visible(str(value)))  # noqa: S308 - was safe before, and stays so
    return text.visible(value) if isinstance(value, str) else value


@register.simple_tag
def moment(at: datetime, *, both: bool = False) -> SafeString:
    """Show a time without a blank behind it, so that punctuation may follow."""
    shown = render_to_string("parts/time.html", {"moment": at, "both": both})
    return mark_safe(shown.strip())  # noqa: S308 - the template escapes

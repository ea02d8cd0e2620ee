"""The filter for text that people typed."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeData, mark_safe

from activations.domain import text

register = template.Library()


@register.filter(is_safe=True)
def visible(value: object) -> object:
    """Show characters that hide or reorder text as a placeholder; other values as they are."""
    if isinstance(value, SafeData):
        return mark_safe(text.visible(str(value)))  # noqa: S308 - was safe before, and stays so
    return text.visible(value) if isinstance(value, str) else value

"""CEL's `extract`, as IAM conditions and the address mapping know it."""

from __future__ import annotations


def extract(value: str, template: str) -> str:
    """The part of `value` that stands where `{name}` stands in the template, or ''.

    A template without both braces leaves the value as it is.
    """
    start, end = template.find("{"), template.find("}")
    if start < 0 or end < 0:
        return value
    _, found, rest = value.partition(template[:start]) if start else ("", "{", value)
    if not found:
        return ""
    suffix = template[end + 1 :]
    if not suffix:
        return rest
    extracted, found, _ = rest.partition(suffix)
    return extracted if found else ""

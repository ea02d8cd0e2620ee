"""The request reason is one short line of ASCII."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from googlecloud.resource_manager import ascii_reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Self-approved, justification: case-1", "Self-approved, justification: case-1"),
        ("Größe für José", "Grosse fur Jose"),
        ("“quoted” – dashed", '"quoted" - dashed'),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("x\r\nEvil-Header: 1", "x Evil-Header: 1"),
        ("bell\x07null\x00", "bell?null?"),
        ("日本", "??"),
        ("", ""),
    ],
)
def test_what_stays_readable(text: str, reason: str) -> None:
    assert ascii_reason(text) == reason


@given(st.text(max_size=600))
def test_any_text_fits_into_a_header(text: str) -> None:
    reason = ascii_reason(text)
    assert len(reason) <= 256
    assert all(" " <= letter <= "~" for letter in reason)
    assert reason == reason.strip()

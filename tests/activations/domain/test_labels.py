"""Every status, end reason and reviewer's part has its own label."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pytest

from activations.domain.labels import END_REASONS, PARTS, STATUSES
from activations.domain.states import EndReason, ReviewerPart, Status


@pytest.mark.parametrize(
    ("kind", "labels"), [(Status, STATUSES), (EndReason, END_REASONS), (ReviewerPart, PARTS)]
)
def test_every_value_has_its_own_label(kind: type[StrEnum], labels: Mapping[str, str]) -> None:
    assert set(labels) == set(kind)
    assert len(set(labels.values())) == len(labels)
    assert all(label.strip() for label in labels.values())

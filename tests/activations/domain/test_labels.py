"""Every status, end reason and part has a label, and no two read alike."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pytest

from activations.domain.labels import END_REASONS, PARTS, STATUSES
from activations.domain.states import EndReason, ReviewerPart, Status


@pytest.mark.parametrize(
    ("kind", "labels"), [(Status, STATUSES), (EndReason, END_REASONS), (ReviewerPart, PARTS)]
)
def test_each_has_a_label_of_its_own(kind: type[StrEnum], labels: Mapping[str, str]) -> None:
    assert set(labels) == set(kind)
    assert len(set(labels.values())) == len(labels)
    assert all(label.strip() for label in labels.values())

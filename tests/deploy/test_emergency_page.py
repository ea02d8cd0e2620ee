"""Access that is granted by hand while JIT Access is down ends, and is adopted afterwards."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import yaml

from activations.domain.bindings import read_description
from eligibility.conditions import ActivationWindow, read_activation
from tests.architecture.repository import ROOT

PAGE = (ROOT / "docs/emergency-access.md").read_text()


def condition() -> dict[str, Any]:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    return dict(yaml.safe_load(text))


def test_the_condition_of_the_page_is_one_that_ends_and_that_is_adopted() -> None:
    found = read_activation(condition()["title"], condition()["expression"])
    assert isinstance(found, ActivationWindow)
    assert found.end - found.start == timedelta(hours=2)
    assert found.resource_condition == ""


def test_the_reason_is_read_from_the_description() -> None:
    found = read_description(condition()["description"])
    assert found.justification.startswith("INC-42, ")
    assert not found.is_approval


def test_granting_and_ending_use_the_same_file() -> None:
    assert PAGE.count("--condition-from-file emergency.yaml") == 2

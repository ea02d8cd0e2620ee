"""A refresh makes the index agree with Google."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from eligibility.models import Refresh
from simulator import Simulator
from tests.eligibility.index.world import expected, indexed

pytestmark = pytest.mark.django_db


def test_the_command_fills_the_index(simulated: Simulator) -> None:
    call_command("refresh_eligibility")
    assert indexed() == expected(simulated)
    assert Refresh.objects.get().status == Refresh.Status.COMPLETE

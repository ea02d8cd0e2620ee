"""`manage.py reconcile` prints its result, and its progress on a terminal."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from activations.iam import writes
from activations.models import Grant, JobRun
from activations.reconciliation.run import JOB
from simulator import Simulator
from tests.moments import now

pytestmark = pytest.mark.django_db
SEARCH = "cloudasset.searchAllIamPolicies"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def said(*arguments: str, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    call_command("reconcile", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_its_result(simulated: Simulator) -> None:
    assert said() == "1 removed, 1 adopted, 1 projects\n"
    assert said() == "nothing to do\n"
    run = JobRun.objects.get(name="reconcile")
    assert run.last_ended_at
    assert run.failure == ""


def test_progress_is_printed_on_a_terminal(simulated: Simulator) -> None:
    shown = said("shop-prod", "data-lake", out=Terminal())
    assert shown.startswith("\r\x1b[Kshop-prod\r\x1b[Kdata-lake\n")
    assert shown.endswith("2 projects\n")


def test_only_named_projects_are_read(simulated: Simulator) -> None:
    assert said("data-lake") == "1 projects\n"
    assert not simulated.calls.of(SEARCH)
    assert not Grant.objects.exists()


def test_the_command_stops_at_its_time_limit(simulated: Simulator) -> None:
    assert said("--seconds", "0") == "1 left\n"
    assert not simulated.calls.google
    assert said("--seconds", "60") == "1 removed, 1 adopted, 1 projects\n"


def test_the_command_says_that_another_run_is_in_progress(simulated: Simulator) -> None:
    with writes.try_turn(JOB, clock=now):
        assert said() == "another run is in progress\n"

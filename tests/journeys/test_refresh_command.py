"""`manage.py refresh_eligibility` and `/cron/refresh`: what operators see."""

from __future__ import annotations

import io
import logging

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from activations import jobs
from activations.iam.quotas import wait_for_asset_call
from activations.models import JobRun, QuotaBucket
from eligibility.models import Refresh
from simulator import Simulator
from tests.eligibility.index.runs import killed_run
from tests.eligibility.index.world import expected, indexed
from tests.jitaccess.log_lines import listening

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
SCHEDULER, AUDIENCE = "scheduler@example.iam.gserviceaccount.com", "https://jit.example.com"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def refresh(*arguments: str, screen: io.StringIO | None = None) -> tuple[str, str]:
    said, shown = io.StringIO(), screen or io.StringIO()
    call_command("refresh_eligibility", *arguments, stdout=said, stderr=shown)
    return said.getvalue(), shown.getvalue()


def test_the_command_says_what_is_in_the_index(simulated: Simulator) -> None:
    with listening() as lines:
        said, shown = refresh()
    assert indexed() == expected(simulated)
    assert said.startswith("The index is complete (projects: 7, ")
    assert [line.partition("] ")[2].partition(" (")[0] for line in shown.splitlines()] == [
        *("policies", "verification", "projects to offer", "groups", "role titles", "clean-up")
    ]
    (entry,) = lines.of("refresh.done")
    assert entry["severity"] == "INFO"
    assert JobRun.objects.get(name="refresh").failure == ""


def test_a_terminal_shows_one_line_that_is_updated(simulated: Simulator) -> None:
    _, shown = refresh(screen=Terminal())
    assert shown.count("\n") == 1
    assert shown.count("\r") > 6


def test_the_line_on_a_terminal_is_plain_and_never_wraps(
    simulated: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    _, shown = refresh("--force-color", screen=Terminal())
    lines = [line.removeprefix("\x1b[K") for line in shown.rstrip("\n").split("\r")]
    assert not any("\x1b" in line for line in lines)
    assert max(map(len, lines)) == 59


def test_messages_of_the_log_begin_after_the_line_of_the_progress(simulated: Simulator) -> None:
    screen = Terminal()
    handler = logging.StreamHandler(screen)
    with listening():
        logging.getLogger().addHandler(handler)
        refresh(screen=screen)
        logging.getLogger().removeHandler(handler)
    assert "\nThe eligibility index was refreshed (" in screen.getvalue()


def test_ctrl_c_ends_the_command_without_a_traceback_and_the_next_run_continues(
    simulated: Simulator,
) -> None:
    class Interrupting(Terminal):
        def write(self, text: str) -> int:
            if "policies" in text:
                raise KeyboardInterrupt
            return super().write(text)

    with pytest.raises(CommandError, match="the next run continues") as raised:
        refresh(screen=Interrupting())
    assert raised.value.returncode == 130
    assert "KeyboardInterrupt" in Refresh.objects.get().last_error
    said, _ = refresh()
    assert said.startswith("The index is complete")


def test_a_failure_ends_with_1_names_the_cause_and_is_noted(
    simulated: Simulator, no_retry_delay: object
) -> None:
    simulated.faults.add("cloudasset.searchAllIamPolicies", status=403, times=None)
    with listening() as lines, pytest.raises(CommandError) as raised:
        refresh()
    assert raised.value.returncode == 1
    assert "Denied access to scope 'organizations/7'" in str(raised.value)
    (entry,) = lines.of("refresh.failed")
    assert entry["severity"] == "ERROR"
    assert "in phase POLICIES: Denied access" in entry["message"]
    assert "Denied access" in JobRun.objects.get(name="refresh").failure
    assert "Denied access" in Refresh.objects.get().last_error


def test_a_second_command_ends_with_0_and_says_so(simulated: Simulator) -> None:
    assert killed_run(simulated, at=30)
    said, _ = refresh()
    assert said == "Another run is in progress. A run that died is replaced after 120 seconds.\n"


def test_a_command_with_a_time_limit_says_that_the_next_one_continues(
    simulated: Simulator,
) -> None:
    said, _ = refresh("--seconds", "0")
    assert said.startswith("Time is up; the next run continues with projects")


def test_full_reads_all_groups(simulated: Simulator) -> None:
    refresh()
    simulated.calls.clear()
    refresh()
    assert len(simulated.calls.of("directory.*")) == 0
    refresh("--full")
    assert len(simulated.calls.of("directory.*")) > 0


@pytest.fixture
def call(simulated: Simulator, settings: Settings):
    settings.CRON_SERVICE_ACCOUNT, settings.CRON_AUDIENCE = SCHEDULER, AUDIENCE
    proof = {"Authorization": f"Bearer {simulated.oidc.sign(SCHEDULER, AUDIENCE)}"}
    return lambda: Client().get("/cron/refresh", headers=proof)


def test_a_scheduler_refreshes_the_index(simulated: Simulator, call) -> None:
    answer = call()
    assert answer.status_code == 200
    assert answer.json()["complete"] == 1
    assert indexed() == expected(simulated)


def test_a_scheduler_reads_why_a_refresh_failed(simulated: Simulator, call, no_retry_delay) -> None:
    simulated.faults.add("cloudasset.searchAllResources", status=503, times=None)
    answer = call()
    assert answer.status_code == 502
    assert answer.json()["message"]
    assert JobRun.objects.get(name="refresh").failure


def test_a_scheduler_is_told_that_another_run_is_in_progress(simulated: Simulator, call) -> None:
    assert killed_run(simulated, at=30)
    assert call().json() == {"busy": 1}


def test_a_call_of_the_scheduler_ends_before_its_patience(simulated: Simulator) -> None:
    assert jobs.REFRESH_SECONDS + 30 <= 180


def test_refreshes_leave_room_for_people(simulated: Simulator, settings: Settings) -> None:
    settings.ASSET_CALLS_PER_MINUTE = 40
    refresh()
    buckets = set(QuotaBucket.objects.values_list("name", flat=True))
    assert buckets == {"asset", "asset:refresh"}
    used = len(simulated.calls.of("cloudasset.*"))
    for _ in range(40 - used):
        wait_for_asset_call()

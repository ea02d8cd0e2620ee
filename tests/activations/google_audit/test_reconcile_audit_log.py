"""What the comparison with Google's audit log finds, over HTTP on a simulated cloud."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection
from django.db.models import F
from django.test import Client
from pytest_django import Settings

from activations.google_audit.run import JOB
from activations.iam import writes
from activations.models import (
    AuditChange,
    AuditedGrant,
    AuditEntry,
    AuditFinding,
    AuditReading,
    AuditSource,
    Event,
    Grant,
    JobRun,
    ProjectLease,
)
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences, record_history
from tests.activations.google_audit.reading_log import (
    LATER,
    MALLORY,
    VIEW,
    as_somebody,
    compare,
    marked,
    our_form,
    said,
)
from tests.conftest import FakeClock, PersonClient
from tests.jitaccess.log_lines import LogLines, labels
from tests.journeys.shop import COMPUTE, TEN_ROLES, activate
from tests.moments import now

SHOP = "projects/shop-prod"
ROLE = "roles/run.admin"
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def view(simulated: Simulator, settings: Settings) -> str:
    """Configure a view of an aggregated sink."""
    simulated.audit_log.views = frozenset({VIEW})
    settings.AUDIT_LOG_VIEWS = (VIEW,)
    return VIEW


@pytest.fixture
def an_hour_ago(simulated: Simulator) -> None:
    """Let policies be written an hour ago as far as the log knows."""
    simulated.audit_log.age = timedelta(hours=1)


def test_each_write_of_ours_is_confirmed_once(
    alice: PersonClient, simulated: Simulator, view: str
) -> None:
    activate(alice, *TEN_ROLES[1:4])
    activate(alice, COMPUTE)
    assert said() == "1 pages, 2 entries, 4 confirmed\n"
    assert {one.entry.principal for one in AuditedGrant.objects.all() if one.entry} == {
        simulated.service_account
    }
    assert said() == "1 pages\n"
    assert AuditedGrant.objects.count() == Grant.objects.count() == 4
    assert not AuditFinding.objects.exists()


def test_a_history_with_all_kinds_of_writes_has_no_finding(
    person: Callable[[str], PersonClient], simulated: Simulator, view: str
) -> None:
    record_history(person, simulated)
    compare(later=LATER)
    assert not AuditFinding.objects.exists()
    written = Grant.objects.exclude(etag_after="").exclude(etag_before=F("etag_after"))
    assert AuditedGrant.objects.exclude(entry=None).count() == written.count() > 4
    assert differences() == []


def test_a_write_without_an_entry_is_found_when_late_entries_would_have_arrived(
    alice: PersonClient, simulated: Simulator, view: str, log: LogLines
) -> None:
    activate(alice, COMPUTE)
    simulated.audit_log.lose()
    compare()
    assert not AuditFinding.objects.exists()
    compare(later=LATER)
    compare(later=LATER)
    finding = AuditFinding.objects.get()
    assert finding.kind == "missing"
    assert "roles/compute.admin for alice@example.com on shop-prod" in finding.words
    event = Event.objects.get(kind="audit_log.missing")
    assert event.grant == finding.grant
    [line] = log.of("audit_log.missing")
    assert labels(line)["event_hash"] == event.hash
    assert differences() == []


def test_an_entry_that_arrives_late_confirms_the_write_and_closes_the_finding(
    alice: PersonClient, simulated: Simulator, view: str
) -> None:
    simulated.audit_log.holds_back = True
    activate(alice, COMPUTE)
    compare(later=timedelta(hours=1))
    simulated.audit_log.arrive()
    assert compare(later=timedelta(hours=2)).confirmed == 1

    activate(alice, TEN_ROLES[1])
    compare(later=LATER)
    assert AuditFinding.objects.get().closed_at is None
    simulated.audit_log.arrive()
    AuditSource.objects.update(read_through=now())
    assert compare(later=LATER).closed == 1
    assert AuditFinding.objects.get().comment == "The log entry arrived late."
    assert Event.objects.filter(kind="audit_log.closed").count() == 1


def test_an_activation_that_somebody_else_wrote_or_removed_is_found_with_its_author(
    alice: PersonClient, simulated: Simulator, view: str, an_hour_ago: None
) -> None:
    activate(alice, COMPUTE)
    somebody = as_somebody(simulated)
    somebody.add(our_form(ROLE, "user:charlie@example.com"))
    policy = somebody.policy()
    kept = [
        one
        for one in policy["bindings"]
        if "alice" not in str(one["members"]) or "request.time" not in str(one.get("condition"))
    ]
    somebody.write(policy | {"bindings": kept})
    compare()
    words = [one.words for one in AuditFinding.objects.filter(kind="touched").order_by("entry__at")]
    assert words[0] == f"{MALLORY} added {ROLE} for user:charlie@example.com on {SHOP}."
    assert "removed roles/compute.admin for user:alice@example.com" in words[1]
    assert len(words) == 2
    assert Event.objects.filter(kind="audit_log.touched").count() == 2
    compare()
    assert AuditFinding.objects.count() == 2


def test_removing_an_expired_activation_is_no_finding(
    simulated: Simulator, view: str, an_hour_ago: None, alice: PersonClient
) -> None:
    somebody = as_somebody(simulated)
    somebody.add(our_form(ROLE, "user:alice@example.com", minutes=-90))
    AuditFinding.objects.all().delete()
    simulated.audit_log.lose()
    policy = somebody.policy()
    somebody.write(
        policy
        | {"bindings": [b for b in policy["bindings"] if b["role"] != ROLE or "condition" not in b]}
    )
    compare()
    assert not AuditFinding.objects.filter(words__contains="minutes").exists()
    removed = AuditChange.objects.filter(kind="activation", role=ROLE, is_added=False)
    assert removed.exists()
    assert not AuditFinding.objects.filter(
        kind="touched", words__contains=f"{ROLE} for user:alice"
    ).exists()


def test_a_write_of_our_account_without_a_record_is_found(
    simulated: Simulator, view: str, an_hour_ago: None
) -> None:
    thief = as_somebody(simulated, simulated.service_account)
    thief.add(our_form(ROLE, "user:charlie@example.com"))
    thief.add({"role": "roles/owner", "members": ["user:charlie@example.com"]})
    compare()
    kinds = dict(AuditFinding.objects.values_list("kind", "words"))
    assert kinds.keys() == {"unrecorded", "unexpected"}
    assert "no record says why" in kinds["unrecorded"]
    assert "roles/owner" in kinds["unexpected"]


def test_who_made_whom_eligible_is_listed_also_on_folders(
    simulated: Simulator, view: str, an_hour_ago: None
) -> None:
    as_somebody(simulated).add(marked(ROLE, "user:charlie@example.com"))
    as_somebody(simulated).add(marked(ROLE, "user:charlie@example.com"), "organizations/7")
    compare()
    found = AuditChange.objects.filter(kind="eligibility").order_by("pk")
    assert [(one.entry.principal, one.entry.resource, one.member) for one in found] == [
        (MALLORY, SHOP, "user:charlie@example.com"),
        (MALLORY, "organizations/7", "user:charlie@example.com"),
    ]
    assert not AuditFinding.objects.exists()


def test_changes_that_do_not_concern_jit_access_are_not_stored(
    simulated: Simulator, view: str
) -> None:
    as_somebody(simulated).add({"role": ROLE, "members": ["user:charlie@example.com"]})
    assert compare().pages == 1
    assert not AuditEntry.objects.exists()


def test_all_pages_are_read_also_empty_ones(
    alice: PersonClient, simulated: Simulator, view: str
) -> None:
    for role in TEN_ROLES[:5]:
        activate(alice, role)
    simulated.page_size, simulated.empty_pages = 2, True
    assert compare().confirmed == 5
    assert AuditEntry.objects.count() == 5


def test_a_run_that_was_killed_is_continued_at_its_page(
    alice: PersonClient, simulated: Simulator, view: str
) -> None:
    for role in TEN_ROLES[:5]:
        activate(alice, role)
    simulated.page_size = 2
    simulated.faults.add("logging.entries.list", status=401, after=1, times=2)
    with pytest.raises(CommandError, match=r"The next run continues"):
        said()
    assert AuditEntry.objects.count() == 2
    reading = AuditReading.objects.get()
    assert reading.token
    simulated.calls.clear()
    said()
    asked = simulated.calls.of("logging.entries.list")
    assert asked[0].body["pageToken"] == reading.token
    assert AuditEntry.objects.count() == AuditedGrant.objects.count() == 5
    assert not AuditReading.objects.filter(is_open=True).exists()


class Killed(BaseException):
    """Ends a run as the end of its process does."""


def killed_at(number: int) -> Callable[..., Any]:
    """Return a wrapper that ends the run at one of its queries."""
    left = iter(range(number, -1, -1))

    def execute(run: Callable[..., Any], *query: Any) -> Any:
        if next(left, -1) == 0:
            raise Killed
        return run(*query)

    return execute


@pytest.mark.parametrize("step", [2, 3])
def test_runs_that_are_killed_anywhere_lose_nothing_and_do_nothing_twice(
    alice: PersonClient, simulated: Simulator, view: str, an_hour_ago: None, step: int
) -> None:
    for role in TEN_ROLES[:3]:
        activate(alice, role)
    simulated.audit_log.age = timedelta(hours=2)
    as_somebody(simulated).add(our_form(ROLE, "user:charlie@example.com"))
    simulated.audit_log.lose_one(0)
    simulated.page_size = 1
    kills = 0
    for number in range(0, 400, step):
        try:
            with connection.execute_wrapper(killed_at(number)):
                compare(later=LATER)
            break
        except Killed:
            kills += 1
            ProjectLease.objects.filter(project_id=JOB).update(holder="", expires_at=None)
    assert kills > 8
    assert AuditEntry.objects.count() == 3
    assert AuditChange.objects.count() == 3
    assert dict(AuditFinding.objects.values_list("kind", "resource")) == dict.fromkeys(
        ("touched", "missing"), SHOP
    )
    assert AuditedGrant.objects.exclude(entry=None).count() == 2
    assert Event.objects.filter(kind__startswith="audit_log.").count() == 2
    assert differences() == []


def test_a_token_that_has_expired_begins_the_period_again_without_doubling(
    alice: PersonClient, simulated: Simulator, view: str
) -> None:
    for role in TEN_ROLES[:3]:
        activate(alice, role)
    simulated.page_size = 1
    simulated.faults.add("logging.entries.list", status=401, after=1, times=2)
    with pytest.raises(CommandError):
        said()
    simulated.page_token_age += 1
    said()
    assert AuditEntry.objects.count() == AuditChange.objects.count() == 3


def test_without_views_the_projects_of_the_records_are_read_and_that_is_called_partial(
    alice: PersonClient, simulated: Simulator
) -> None:
    activate(alice, COMPUTE)
    output = said()
    assert "1 confirmed" in output
    assert "Partial: AUDIT_LOG_VIEWS is not set, so only the 1 projects" in output
    [call] = simulated.calls.of("logging.entries.list")
    assert call.body["resourceNames"] == [SHOP]


def test_a_hundred_projects_are_read_per_call_and_a_refused_one_does_not_stop_the_others(
    alice: PersonClient, simulated: Simulator
) -> None:
    activate(alice, COMPUTE)
    names = [f"p-{number:03}" for number in range(120)]
    for name in names:
        simulated.company.add_project(name, parent="organizations/7")
    AuditSource.objects.bulk_create(
        AuditSource(name=f"projects/{name}", is_view=False, first_from=now() - timedelta(days=3))
        for name in names
    )
    simulated.audit_log.unreadable = frozenset({"projects/p-077"})
    err = io.StringIO()
    assert "1 refused" in said(err=err)
    assert max(len(c.body["resourceNames"]) for c in simulated.calls.of("logging.*")) == 100
    assert "projects/p-077" in err.getvalue()
    assert "roles/logging.viewer" in err.getvalue()
    assert AuditSource.objects.filter(read_through=None).count() == 1
    simulated.calls.clear()
    said()
    assert len(simulated.calls.of("logging.*")) == 2


@pytest.mark.parametrize(
    ("exists", "advice"),
    [(False, "Create the view with Terraform"), (True, "logging.viewAccessor")],
)
def test_a_view_that_is_missing_or_refused_is_explained(
    simulated: Simulator, view: str, exists: bool, advice: str
) -> None:
    simulated.audit_log.views = frozenset({VIEW} if exists else ())
    simulated.audit_log.unreadable = frozenset({VIEW})
    err = io.StringIO()
    with pytest.raises(CommandError, match="partial") as told:
        said(err=err)
    assert VIEW in str(told.value.__cause__)  # an outage, which is logged for the alert
    assert advice in err.getvalue()
    assert VIEW in err.getvalue()


def test_nothing_is_called_missing_while_a_view_may_not_be_read(
    alice: PersonClient, simulated: Simulator, view: str, settings: Settings
) -> None:
    settings.AUDIT_LOG_VIEWS = (VIEW, f"{VIEW}-two")
    activate(alice, COMPUTE)
    simulated.audit_log.lose()
    compare(later=LATER)
    assert not AuditFinding.objects.exists()


def test_the_quota_ends_a_run_and_the_next_one_continues(
    alice: PersonClient, simulated: Simulator, no_retry_delay: FakeClock, view: str
) -> None:
    activate(alice, COMPUTE)
    fault = simulated.faults.add("logging.entries.list", status=429, times=None)
    assert said() == "1 left\n"
    fault.times = 0
    assert "1 confirmed" in said()


def test_the_job_runs_for_a_scheduler_and_one_at_a_time(
    alice: PersonClient, simulated: Simulator, view: str, settings: Settings
) -> None:
    settings.CRON_SERVICE_ACCOUNT, settings.CRON_AUDIENCE = "cron@example.com", "https://jit"
    token = simulated.oidc.sign("cron@example.com", "https://jit")
    proof = {"Authorization": f"Bearer {token}"}
    assert Client().get("/cron/audit", headers=proof).json()["pages"] == 1
    with writes.try_turn(JOB, clock=now):
        assert Client().get("/cron/audit", headers=proof).json() == {"busy": 1}
        assert said() == "another run is in progress\n"
    assert JobRun.objects.get(name="audit").failure == ""

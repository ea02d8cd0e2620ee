"""Permissions follow the configured people and groups within a minute."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from activations.domain.permissions import NO_PERMISSIONS, Permissions
from activations.models import User
from googlecloud.errors import Denied, GoogleCloudError, Unavailable
from jitaccess.identity.permissions import MOST_KEPT, PermissionFinder, permission_finder
from simulator import Simulator
from tests.conftest import PersonClient

pytestmark = pytest.mark.one_database


OLGA = "olga@example.com"
NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ADMINS = "jit-admins@example.com"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Finder:
    """Finds permissions of people by address."""

    def __init__(self, clock: Clock) -> None:
        self.finder = PermissionFinder(clock)

    def permissions_of(self, email: str) -> Permissions:
        return self.finder.permissions_of(User(pk=1, subject="s", email=email), NOW)


@pytest.fixture
def finder(simulated: Simulator, clock: Clock, settings: Settings, db: None) -> Finder:
    settings.REVIEWERS = ()
    return Finder(clock)


def test_members_of_the_configured_groups_have_their_part(finder: Finder) -> None:
    assert finder.permissions_of(OLGA) == Permissions(is_administrator=True)
    assert finder.permissions_of("audrey@example.com") == Permissions(is_auditor=True)
    assert finder.permissions_of("alice@example.com") == NO_PERMISSIONS


def test_a_person_may_be_named_without_any_look_up(
    finder: Finder, simulated: Simulator, settings: Settings
) -> None:
    settings.ADMINISTRATORS = ("user:dora@example.com",)
    settings.AUDITORS = ()
    assert finder.permissions_of("dora@example.com") == Permissions(is_administrator=True)
    assert finder.permissions_of(OLGA) == NO_PERMISSIONS
    assert len(simulated.calls.of("directory.*")) == 0


def test_nobody_administers_when_nobody_is_named(finder: Finder, settings: Settings) -> None:
    settings.ADMINISTRATORS = settings.AUDITORS = ()
    assert finder.permissions_of(OLGA) == NO_PERMISSIONS


def test_who_leaves_the_group_loses_the_part_within_a_minute(
    finder: Finder, clock: Clock, simulated: Simulator
) -> None:
    assert finder.permissions_of(OLGA).is_administrator
    simulated.company.remove_group(ADMINS)
    clock.now += 60
    assert finder.permissions_of(OLGA) == NO_PERMISSIONS


def test_who_joins_the_group_gets_the_part_within_a_minute(
    finder: Finder, clock: Clock, simulated: Simulator
) -> None:
    assert finder.permissions_of("dave@example.com") == NO_PERMISSIONS
    simulated.company.add_group(ADMINS, members=[OLGA, "dave@example.com"])
    clock.now += 60
    assert finder.permissions_of("dave@example.com").is_administrator


def test_cached_answers_need_no_directory(
    finder: Finder, clock: Clock, simulated: Simulator
) -> None:
    finder.permissions_of(OLGA)
    simulated.calls.clear()
    clock.now += 50
    assert finder.permissions_of(OLGA).is_administrator
    assert len(simulated.calls) == 0


def test_a_failure_is_not_remembered(
    finder: Finder, simulated: Simulator, no_retry_delay: object
) -> None:
    simulated.faults.add("directory.*", status=503, times=None)
    with pytest.raises(GoogleCloudError) as failure:
        finder.permissions_of(OLGA)
    assert isinstance(failure.value, Unavailable | Denied)
    simulated.faults.clear()
    assert finder.permissions_of(OLGA).is_administrator


def test_who_is_named_keeps_that_part_alone_when_groups_cannot_be_read(
    finder: Finder, simulated: Simulator, settings: Settings
) -> None:
    settings.AUDITORS = (f"user:{OLGA}",)
    simulated.faults.add("directory.*", status=403, times=None)
    assert finder.permissions_of(OLGA) == Permissions(is_auditor=True)
    simulated.faults.clear()
    assert finder.permissions_of(OLGA) == Permissions(is_auditor=True, is_administrator=True)


def test_the_cache_is_bounded(finder: Finder, settings: Settings) -> None:
    settings.ADMINISTRATORS = settings.AUDITORS = ()
    for number in range(MOST_KEPT + 5):
        finder.finder._configured(f"person{number}@example.com")
    assert len(finder.finder._kept) <= MOST_KEPT


@pytest.mark.django_db
def test_the_admin_closes_with_the_group(olga: PersonClient, simulated: Simulator) -> None:
    assert olga.get("/admin/").status_code == 200
    simulated.company.remove_group(ADMINS)
    permission_finder.forget()  # as after a minute
    assert olga.get("/admin/").status_code == 403


@pytest.mark.django_db
def test_a_directory_that_is_down_closes_the_admin_and_nothing_else(
    olga: PersonClient, simulated: Simulator, no_retry_delay: object
) -> None:
    simulated.faults.add("directory.*", status=503, times=None)
    assert olga.get("/admin/").status_code == 503
    assert olga.get("/activity").status_code == 200
    assert olga.api_get("/api/requests").status_code == 200


@pytest.mark.django_db
def test_a_named_administrator_reaches_the_doctor_before_groups_can_be_read(
    olga: PersonClient, simulated: Simulator, settings: Settings
) -> None:
    simulated.faults.add("directory.*", status=403, times=None)
    assert olga.get("/admin/doctor/").status_code == 403
    settings.ADMINISTRATORS = (f"user:{OLGA}", *settings.ADMINISTRATORS)
    assert olga.get("/admin/doctor/").status_code == 200
    assert "Groups Reader" in olga.post("/admin/doctor/").content.decode()

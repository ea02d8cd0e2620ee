"""People have no passwords and no stored permissions."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from activations.domain.permissions import NO_PERMISSIONS, Permissions
from activations.models import User
from activations.people.actor import caller_of, user_of


def any_user(part: Permissions) -> User:
    person = User(subject="s", email="olga@example.com")
    person.find_permissions = lambda: part
    return person


def test_without_a_part_there_are_no_permissions() -> None:
    person = User(subject="s", email="alice@example.com")
    assert person.permissions == NO_PERMISSIONS
    assert not person.is_staff
    assert not person.has_perm("activations.view_request")
    assert not person.has_module_perms("activations")


@pytest.mark.parametrize("part", [Permissions(is_administrator=True), Permissions(is_auditor=True)])
def test_history_is_for_administrators_and_auditors(part: Permissions) -> None:
    person = any_user(part)
    assert person.is_staff
    assert person.has_perms(["activations.view_event", "activations.export_history"])
    assert person.has_module_perms("activations")
    assert not person.has_module_perms("auth")


@pytest.mark.parametrize("verb", ["add", "change", "delete"])
@pytest.mark.parametrize("model", ["event", "request", "grant", "user", "chainhead"])
def test_nobody_edits_anything(verb: str, model: str) -> None:
    everything = any_user(Permissions(is_administrator=True, is_auditor=True))
    assert not everything.has_perm(f"activations.{verb}_{model}")
    assert not everything.is_superuser


def test_permissions_are_looked_up_once_per_request_and_only_when_needed() -> None:
    asked: list[int] = []

    def find() -> Permissions:
        asked.append(1)
        return Permissions(is_auditor=True)

    person = User(subject="s", email="audrey@example.com")
    person.find_permissions = find
    assert asked == []
    assert person.is_staff
    assert person.has_perm("activations.view_event")
    assert asked == [1]


def test_users_have_no_password() -> None:
    person = User(subject="s", email="alice@example.com")
    assert not hasattr(User, "last_login") or User.last_login is None
    assert person.password is None


def test_a_request_without_an_identified_person_is_refused() -> None:
    request = RequestFactory().get("/")
    for who in (user_of, caller_of):
        with pytest.raises(PermissionDenied):
            who(request)

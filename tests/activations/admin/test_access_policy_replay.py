"""The preview says what would have been decided otherwise among the requests of the last 90 days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activations.models import Request
from activations.services import policy_replay
from activations.services.policy_replay import replay_requests
from policies.document.reading import read
from policies.rules.replay import Change, Unknown
from tests.activations.admin.history import MPA, grant, request
from tests.activations.admin.policies import (
    HALF,
    HOUR,
    NONE,
    activated,
    address,
    oscar,
    preview,
    proposed,
    words,
)
from tests.activations.admin.reading import text
from tests.conftest import PersonClient
from tests.journeys.policies import Activate, policy
from tests.moments import now

__all__ = ["oscar", "policy"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
FOLDER = (
    "version: 1\nrules:\n- name: folder\n  when: {folders: [folders/11]}\n"
    "  require: {duration: {max: 10m}}\n"
)
STAGES = (
    "version: 1\nrules:\n- name: leads\n  when: {roles: [roles/compute.admin]}\n  require:\n"
    "    approval: {stages: [{from: ['group:leads@example.com'], count: 1}]}\n"
    "  break_glass: {who: ['group:a@example.com'], review_by: ['group:b@example.com'],"
    " review_within: 1d}\n"
)


def asked(*, days: int = 1, **values: Any) -> Request:
    """A self-activation of roles/compute.admin for an hour by Alice."""
    role = values.pop("role", "roles/compute.admin")
    made = request(now() - timedelta(days=days), **values)
    grant(made.requested_at, of=made, role=role)
    return made


def replayed(document: str) -> policy_replay.Replay:
    return replay_requests(read(document).document, now=now())


def test_requests_that_would_have_been_refused_are_counted_and_listed(
    olga: PersonClient,
) -> None:
    made = asked()
    asked(minutes=30)
    asked(days=91)
    answer = preview(olga, HALF)
    page = words(answer)
    assert "With this text, 1 of 2 requests would have been decided otherwise" in page
    assert "Duration too long, would be refused: 1" in page
    assert "For 1 more, only the requirements differ." in page
    assert "Shorter maximum, still long enough: 1" in page
    assert f"/admin/activations/request/{made.id}/change/" in text(answer)
    assert "alice@example.com roles/compute.admin on billing-prod 60 min Duration too long" in page


def test_requests_are_compared_with_the_policy_in_force(policy: Activate) -> None:
    asked()
    policy("name: all, require: {duration: {max: 30m}}")
    assert replayed(HALF).changed == 0
    assert dict(replayed(HOUR).changes) == {Change.DURATION_ALLOWED: 1}


def test_justification_and_ticket_of_a_request_are_checked() -> None:
    asked(justification="bug 1", ticket="")
    document = (
        "version: 1\nrules:\n- name: a\n  require:\n"
        "    justification: {pattern: 'case.*', hint: A case}\n"
        "    ticket: {label: Incident, pattern: 'INC-[0-9]+'}\n"
    )
    found = replayed(document)
    assert set(found.changes) == {Change.JUSTIFICATION_REFUSED, Change.TICKET_REFUSED}
    assert (found.changed, found.compared) == (1, 1)


def test_all_roles_of_a_self_activation_are_compared() -> None:
    made = asked(role="roles/viewer")
    grant(made.requested_at, of=made, role="roles/compute.admin")
    found = replayed(STAGES)
    assert dict(found.changes) == {Change.APPROVAL_NEEDED: 1}
    assert set(found.changed_lines[0].roles) == {"roles/viewer", "roles/compute.admin"}


def test_approvers_of_requests_for_approval_are_compared_whatever_became_of_them() -> None:
    mpa = MPA | {"role": "roles/compute.admin", "state": "declined"}
    request(now() - timedelta(days=2), **mpa)
    assert dict(replayed(STAGES).changes) == {
        Change.OTHER_APPROVERS: 1,
        Change.OTHER_BREAK_GLASS: 1,
    }


def test_access_that_was_adopted_is_no_request() -> None:
    asked(adopted_key="0" * 64, channel="adopted")
    assert replayed(HALF).compared == 0


def test_what_depends_on_facts_that_are_not_stored_is_unknown(olga: PersonClient) -> None:
    asked()
    found = replayed(FOLDER)
    assert (found.changed, found.unknown, found.unknowns[Unknown.FOLDERS]) == (0, 1, 1)
    page = words(preview(olga, FOLDER))
    assert "For 1 request the result is not known" in page
    assert "folders of the project: 1" in page


def test_the_type_of_a_request_with_stages_is_not_stored() -> None:
    for stage in (0, 1):
        request(now() - timedelta(days=2), **MPA, stage=stage)
    types = (
        "version: 1\nrules:\n- name: t\n  when: {types: [JIT]}\n  require: {duration: {max: 5m}}\n"
    )
    found = replayed(types)
    assert (found.compared, found.changed, found.unknowns[Unknown.TYPE]) == (2, 0, 1)


def test_the_type_of_a_role_that_was_activated_with_break_glass_is_not_stored() -> None:
    asked(break_glass=True)
    assert replayed(NONE).unknown == 0
    assert replayed(HALF).changes[Change.DURATION_REFUSED] == 1
    assert replayed(STAGES).unknowns == {Unknown.GROUPS: 1}


def test_the_number_of_queries_does_not_depend_on_requests() -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            asked()
        request(now() - timedelta(days=1), **MPA)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            replayed(HALF)
        counts.append(
            len(
                [
                    one
                    for one in queries
                    if one["sql"].lstrip("( ").startswith("SELECT") or "CURSOR" in one["sql"]
                ]
            )
        )
        request(now() - timedelta(days=1), **MPA)
    assert counts == [2, 2]


def test_lists_and_rows_are_bounded_and_the_page_says_so(
    olga: PersonClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_replay, "MOST_LISTED", 2)
    monkeypatch.setattr(policy_replay, "MOST_ROWS", 3)
    for days in range(1, 6):
        asked(days=days)
    page = words(preview(olga, HALF))
    assert "With this text, 3 of 3 requests would have been decided otherwise" in page
    assert "Only the newest 3 were compared." in page
    assert "The newest 2 of 3" in page


def test_the_activation_shows_the_replay_too(olga: PersonClient, oscar: PersonClient) -> None:
    asked()
    activated(olga, oscar, NONE)
    waiting = proposed(olga, HALF)
    page = words(oscar.get(address(waiting, "activate")))
    assert "Duration too long, would be refused: 1" in page

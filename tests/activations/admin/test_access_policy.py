"""The pages about access policies: two administrators propose, activate, reject and roll back versions."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from activations.evidence.verification import verify
from activations.models import Event
from policies.models import PolicyProposal, PolicyVersion
from policies.services.active import active_text
from tests.activations.admin.policies import (
    HALF,
    HOUR,
    NONE,
    OF_A_LATER_FORMAT,
    OSCAR,
    PAGE,
    PROPOSE,
    activated,
    address,
    confirmed,
    decide,
    oscar,
    preview,
    propose,
    proposed,
    stored,
    words,
)
from tests.activations.admin.reading import text
from tests.conftest import PersonClient
from tests.journeys.policies import Activate, policy
from tests.moments import now

__all__ = ["oscar", "policy"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
SECOND = "Waiting for a second administrator"


def test_auditors_read_all_pages_and_change_nothing(
    olga: PersonClient, oscar: PersonClient, audrey: PersonClient
) -> None:
    activated(olga, oscar, HOUR)
    waiting = proposed(olga, HALF, comment="Shorter")
    page = words(audrey.get(PAGE))
    assert "Propose a version" not in page
    assert "an hour" in page
    version = audrey.get(address(waiting))
    assert version.status_code == 200
    assert "Activate…" not in words(version)
    for path in (PROPOSE, address(waiting, "activate"), address(waiting, "reject")):
        assert audrey.get(path).status_code == 403
        assert audrey.post(path, {"text": NONE, "comment": "No"}).status_code == 403
    assert active_text() == HOUR
    assert PolicyProposal.objects.count() == 2


@pytest.mark.parametrize("path", [PAGE, PROPOSE, f"{PAGE}1/", f"{PAGE}1/activate/"])
def test_others_are_refused(alice: PersonClient, person: Any, settings: Any, path: str) -> None:
    settings.REVIEWERS = ("group:jit-reviewers@example.com",)
    for client in (alice, person("maria@example.com")):
        assert client.get(path).status_code == 403
        assert client.post(path, {"text": NONE}).status_code in {403, 405}
    assert not PolicyVersion.objects.exists()


def test_without_a_policy_the_page_says_that_the_environment_holds(olga: PersonClient) -> None:
    page = words(olga.get(PAGE))
    assert "No access policy is active. The environment's values hold" in page
    assert "No version has been proposed." in page
    assert olga.get(f"{PAGE}7/").status_code == 404
    assert olga.get(PROPOSE, {"version": "7"}).status_code == 404


def test_all_errors_are_told_at_their_lines_and_the_text_is_kept(olga: PersonClient) -> None:
    document = "version: 2\nrules:\n- name: a\n  requires: {}\n- nam: <b>\n"
    answer = preview(olga, document.replace("\n", "\r\n"), comment="CHG-1 & more")
    page = words(answer)
    assert answer.status_code == 400
    assert "Line 1, column 10: version must be 1; found the number 2." in page
    assert "Line 4, column 3: The key requires is unknown. Did you mean require?" in page
    assert "Line 5, column 3: The rule must have the key name." in page
    assert "4 errors. Nothing was proposed." in page
    kept = text(answer).split('id="text"')[1].split("</textarea>")[0]
    assert kept.split(">", 1)[1] == "\n" + document.replace("<", "&lt;").replace(">", "&gt;")
    assert "CHG-1 &amp; more</textarea>" in text(answer)
    assert not PolicyVersion.objects.exists()


def test_an_empty_text_is_an_error_with_its_place(olga: PersonClient) -> None:
    assert "Line 1, column 1: The document is empty." in words(preview(olga, ""))


def test_a_text_of_the_largest_size_can_be_sent(olga: PersonClient) -> None:
    document = f"{NONE}{'# ä%' * 1000}\n" * 1 + "# %\n" * 60_000
    answer = preview(olga, document.replace("\n", "\r\n"))
    assert answer.status_code == 200
    too_large = preview(olga, document * 2)
    assert "at most 262144 are allowed" in words(too_large)


def test_a_preview_shows_warnings_and_the_difference_and_proposes_nothing(
    olga: PersonClient, policy: Activate
) -> None:
    policy("name: all, require: {duration: {max: 2h}}")
    answer = preview(olga, f"{HOUR}- name: never\n")
    page = words(answer)
    assert answer.status_code == 200
    assert "Line 5, column 3: The rule 'never' never decides" in page
    assert '<span class="added">+- name: an hour</span>' in text(answer)
    assert '<span class="removed">-- {name: all, require: {duration: {max: 2h}}}</span>' in text(
        answer
    )
    assert "Requests of the last 90 days There were none." in page
    assert PolicyProposal.objects.count() == 1


def test_a_preview_warns_of_reminders_that_the_settings_prevent(
    olga: PersonClient, settings: Settings
) -> None:
    settings.ACTIVATION_REQUEST_TIMEOUT = timedelta(minutes=60)
    stages = "stages: [{from: [peers], count: 1}], remind_after: 2h"
    page = words(
        preview(olga, f"version: 1\nrules:\n- {{name: a, require: {{approval: {{{stages}}}}}}}\n")
    )
    assert "Line 3, column 3: remind_after of the rule 'a' never happens" in page
    assert "a request waits for 60 minutes (ACTIVATION_REQUEST_TIMEOUT)" in page


def test_a_second_administrator_activates_after_a_confirmation(
    olga: PersonClient, oscar: PersonClient
) -> None:
    first = activated(olga, oscar, HOUR)
    waiting = proposed(olga, HALF, comment="Shorter <i>")
    assert active_text() == HOUR
    assert SECOND in words(olga.get(PAGE))
    confirmation = oscar.get(address(waiting, "activate"))
    assert '<span class="added">+- name: half an hour</span>' in text(confirmation)
    assert f"Difference to version {first.version_id}" in words(confirmation)
    assert "Comment: Shorter <i>" in words(confirmation)
    answer = oscar.post(address(waiting, "activate"), {"comment": "Seen"}, follow=True)
    assert f"Version {waiting.version_id} is active now." in words(answer)
    assert active_text() == HALF
    page = words(olga.get(PAGE))
    assert f"Activated by {OSCAR}" in page
    assert "Second person Yes" in page
    assert f"SHA-256 {waiting.version.sha256}" in page
    assert "Replaced" in page


def test_the_author_cannot_activate(olga: PersonClient, oscar: PersonClient) -> None:
    waiting = proposed(olga, HOUR)
    assert "another administrator must activate it" in words(olga.get(address(waiting)))
    assert "<button" not in text(olga.get(address(waiting, "activate"))).split("<main")[1]
    refused = decide(olga, waiting, "activate")
    assert refused.status_code == 403
    assert "You proposed this version" in words(refused)
    assert active_text() is None


def test_a_switched_off_second_person_is_told_on_the_page_and_in_the_evidence(
    olga: PersonClient, settings: Any
) -> None:
    settings.ACCESS_POLICY_SECOND_PERSON = False
    waiting = proposed(olga, HOUR)
    for path in (PAGE, address(waiting), address(waiting, "activate")):
        assert "The second person is switched off" in words(olga.get(path))
    assert decide(olga, waiting, "activate").status_code == 302
    assert active_text() == HOUR
    event = Event.objects.get(kind="policy.activated")
    assert event.details["second_person"] is False
    assert event.details["second_person_required"] is False
    assert "No: proposed and decided by the same person" in words(olga.get(PAGE))


def test_a_proposal_is_outdated_when_the_active_version_has_changed(
    olga: PersonClient, oscar: PersonClient, policy: Activate
) -> None:
    waiting = proposed(olga, HOUR)
    policy("name: other")
    page = words(oscar.get(address(waiting)))
    assert "Outdated" in page
    assert "Compare again and propose it again" in page
    assert "Activate…" not in page
    answer = decide(oscar, waiting, "activate")
    assert answer.status_code == 409
    assert "The active version has changed since this was proposed." in words(answer)
    again = proposed(oscar, HOUR)
    waiting.refresh_from_db()
    assert (waiting.state, again.state) == ("REJECTED", "PROPOSED")
    assert decide(olga, again, "activate").status_code == 302


def test_a_proposal_that_was_decided_is_not_decided_again(
    olga: PersonClient, oscar: PersonClient
) -> None:
    done = activated(olga, oscar, HOUR)
    answer = decide(oscar, done, "activate")
    assert answer.status_code == 409
    assert f"{OSCAR} activated this proposal on" in words(answer)
    assert decide(oscar, done, "reject", "No").status_code == 409
    assert active_text() == HOUR


def test_a_rejection_needs_a_comment_which_the_version_shows(
    olga: PersonClient, oscar: PersonClient
) -> None:
    waiting = proposed(olga, HOUR)
    assert "Reject…" in words(oscar.get(address(waiting)))
    assert oscar.get(address(waiting, "reject")).status_code == 200
    assert "Enter a comment that says why" in words(decide(oscar, waiting, "reject", " "))
    refused = decide(oscar, waiting, "reject", "\x07")
    assert refused.status_code == 400
    assert decide(oscar, waiting, "reject", "Too long").status_code == 302
    page = words(olga.get(address(waiting)))
    assert "Rejected by oscar@example.com" in page
    assert "Comment Too long" in page
    assert "Compare and propose again…" in page


def test_the_author_withdraws_with_a_comment(olga: PersonClient) -> None:
    waiting = proposed(olga, HOUR)
    assert "Withdraw…" in words(olga.get(address(waiting)))
    assert decide(olga, waiting, "reject", "A mistake").status_code == 302
    waiting.refresh_from_db()
    assert (waiting.state, waiting.was_second_person) == ("REJECTED", False)


def test_a_roll_back_is_proposed_and_activated_by_two_people(
    olga: PersonClient, oscar: PersonClient
) -> None:
    first = activated(olga, oscar, HOUR)
    activated(olga, oscar, HALF)
    assert "Roll back to this version…" in words(olga.get(address(first)))
    page = olga.get(PROPOSE, {"version": first.version_id})
    assert '<span class="added">+- name: an hour</span>' in text(page)
    back = olga.post(PROPOSE, confirmed(page, HOUR.replace("\n", "\r\n"), comment="Back"))
    proposal = PolicyProposal.objects.get(state="PROPOSED")
    assert back["Location"] == address(proposal)
    assert decide(olga, proposal, "activate").status_code == 403
    assert decide(oscar, proposal, "activate").status_code == 302
    assert active_text() == HOUR
    assert PolicyVersion.objects.count() == 2


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_same_text_again_is_no_new_version(olga: PersonClient, ending: str) -> None:
    document = HOUR.replace("\n", ending)
    stored(document, at=now())
    answer = preview(olga, HOUR.replace("\n", "\r\n"))
    assert answer.status_code == 400
    assert "This text is active already, so it is no new version." in words(answer)
    assert PolicyVersion.objects.count() == 1
    assert active_text() == document


def test_an_open_proposal_of_the_same_text_stays_the_only_one(
    olga: PersonClient, oscar: PersonClient
) -> None:
    first = proposed(olga, HOUR)
    answer = oscar.get(propose(oscar, HOUR)["Location"])
    assert "This text is already proposed, by olga@example.com. Nothing was changed." in words(
        answer
    )
    assert PolicyProposal.objects.get() == first


def test_what_is_proposed_is_what_was_previewed(olga: PersonClient, policy: Activate) -> None:
    fields = confirmed(preview(olga, HOUR), HALF)
    changed = olga.post(PROPOSE, fields)
    assert "You changed the text after the preview." in words(changed)
    assert olga.post(PROPOSE, {"text": HOUR, "action": "propose"}).status_code == 200
    assert not PolicyProposal.objects.exists()
    policy("name: other")
    moved = olga.post(PROPOSE, confirmed(changed, HALF))
    assert moved.status_code == 409
    assert "The active version has changed since the preview." in words(moved)
    assert olga.post(PROPOSE, confirmed(moved, HALF)).status_code == 302


def test_a_comment_that_is_too_long_proposes_nothing(olga: PersonClient) -> None:
    answer = propose(olga, HOUR, comment="x" * 1001)
    assert answer.status_code == 400
    assert "at most 1000 characters" in words(answer)
    assert not PolicyProposal.objects.exists()


def test_each_step_is_an_event_and_an_audit_log_entry(
    olga: PersonClient, oscar: PersonClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "jitaccess.audit"):
        activated(olga, oscar, HOUR)
        decide(oscar, proposed(olga, HALF, comment="CHG-2"), "reject", "No")
    kinds = ["policy.proposed", "policy.activated", "policy.proposed", "policy.rejected"]
    events = list(Event.objects.order_by("sequence"))
    assert [event.kind for event in events] == kinds
    assert [event.actor_email for event in events][:2] == ["olga@example.com", OSCAR]
    assert events[1].details["second_person"] is True
    assert events[1].details["channel"] == "web"
    entries = [one for one in caplog.records if "AccessPolicy" in getattr(one, "event", "")]
    assert [one.event for one in entries] == [  # type: ignore[attr-defined]  # a fact of our entries
        "api.proposeAccessPolicy",
        "api.activateAccessPolicy",
        "api.proposeAccessPolicy",
        "api.rejectAccessPolicy",
    ]
    labels: dict[str, str] = entries[2].labels  # type: ignore[attr-defined]  # a fact of our entries
    assert labels["comment"] == "CHG-2"
    assert labels["event_hash"] == events[2].hash
    assert verify().problem is None


def test_the_overview_shows_what_waits_and_links_to_the_page(
    olga: PersonClient, oscar: PersonClient, audrey: PersonClient
) -> None:
    assert "Proposed access policies" not in words(olga.get("/admin/"))
    waiting = proposed(olga, HOUR)
    for client in (oscar, audrey):
        page = client.get("/admin/")
        assert "1 Proposed access policies" in words(page)
        assert f'href="{PAGE}"' in text(page)
    decide(oscar, waiting, "activate")
    assert "Proposed access policies" not in words(olga.get("/admin/"))


def test_an_import_by_a_deployment_says_that_no_second_person_decided(
    audrey: PersonClient, policy: Activate
) -> None:
    policy("name: all")
    page = words(audrey.get(PAGE))
    assert "Second person No: imported by a deployment" in page
    assert "Activated by command line (" in page


def test_the_list_continues_on_the_next_page(olga: PersonClient) -> None:
    for number in range(52):
        proposed(olga, f"{NONE}# {number}\n")
    first = text(olga.get(PAGE))
    assert first.count('data-label="SHA-256"') == 50
    older = first.split(f'href="{PAGE}?before=')[1].split('"')[0]
    second = olga.get(PAGE, {"before": older})
    assert text(second).count('data-label="SHA-256"') == 2
    assert "Newest versions" in words(second)
    assert "no older versions" in words(olga.get(PAGE, {"before": "1"}))


def test_a_version_that_an_upgrade_cannot_read_is_told_with_the_one_in_force(
    olga: PersonClient, oscar: PersonClient, audrey: PersonClient
) -> None:
    first = activated(olga, oscar, HOUR)
    later = stored(OF_A_LATER_FORMAT, at=now())
    fault = f"Version {later.version_id}, activated on"
    assert "Fault Access policy not in force" in words(audrey.get("/admin/"))
    for path in (PAGE, address(later), PROPOSE):
        page = words(olga.get(path))
        assert fault in page
        assert f"Version {first.version_id} stays in force." in page
    assert "later: format" in words(olga.get(PAGE))
    refused = olga.get(PROPOSE, {"version": later.version_id})
    assert "Line 3, column 1: The key later is unknown." in words(refused)
    activated(olga, oscar, HALF)
    assert "Fault" not in words(audrey.get("/admin/"))
    assert fault not in words(olga.get(PAGE))


def test_where_nothing_is_in_force_another_version_can_still_be_activated(
    olga: PersonClient, oscar: PersonClient
) -> None:
    stored(OF_A_LATER_FORMAT, at=now())
    assert "Nothing can be requested or approved." in words(olga.get(PAGE))
    page = words(preview(olga, HALF))
    assert "The active access policy cannot be applied, so there is nothing to compare" in page
    activated(olga, oscar, HALF)
    assert active_text() == HALF


def test_a_proposal_that_an_upgrade_cannot_read_is_not_activated(
    olga: PersonClient, oscar: PersonClient
) -> None:
    waiting = stored(OF_A_LATER_FORMAT, at=now(), state="PROPOSED")
    page = oscar.get(address(waiting, "activate"))
    assert "Line 3, column 1: The key later is unknown." in words(page)
    assert "<button" not in text(page).split("<main")[1]
    assert decide(oscar, waiting, "activate").status_code == 400
    assert decide(oscar, waiting, "reject", "Not readable").status_code == 302
    assert active_text() is None

"""Pages that poll: 304 while they show the same, and a new entity tag after each change."""

from __future__ import annotations

from typing import Any

import pytest

from activations.domain.states import RequestState
from activations.models import Request
from tests.activations.admin.queue import QUEUE, waiting
from tests.activations.admin.reading import text
from tests.moments import now
from tests.rewriting import rewrite


def ask_again(client: Any, path: str, tag: str) -> Any:
    return client.get(path, headers={"If-None-Match": tag})


@pytest.mark.parametrize("path", ["/reviews", QUEUE])
def test_a_page_is_not_sent_again_until_it_changes(bob: Any, path: str) -> None:
    waiting()
    first = bob.get(path)
    tag = first.headers["ETag"]
    unchanged = ask_again(bob, path, tag)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    waiting(of="dave@example.com")
    changed = ask_again(bob, path, tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert "dave@example.com" in text(changed)


def test_the_page_of_a_request_changes_with_its_state(bob: Any) -> None:
    row = waiting()
    path = f"/requests/{row.pk}"
    tag = bob.get(path).headers["ETag"]
    assert ask_again(bob, path, tag).status_code == 304
    rewrite(Request.objects.filter(pk=row.pk), state=RequestState.EXPIRED, decided_at=now())
    assert ask_again(bob, path, tag).status_code == 200


def test_activity_is_not_sent_again_until_it_changes(alice: Any, bob: Any) -> None:
    tag = alice.get("/activity").headers["ETag"]
    assert ask_again(alice, "/activity", tag).status_code == 304
    assert ask_again(bob, "/activity", tag).status_code == 200


def test_a_tag_gives_nothing_to_people_who_may_not_see_the_page(bob: Any, charlie: Any) -> None:
    waiting()
    tag = bob.get(QUEUE).headers["ETag"]
    assert ask_again(charlie, QUEUE, tag).status_code == 403


def test_answers_are_not_stored_by_browsers(bob: Any) -> None:
    waiting()
    for path in ("/reviews", QUEUE):
        assert "no-store" in bob.get(path).headers["Cache-Control"]


def test_the_title_counts_what_waits(bob: Any) -> None:
    assert "(1)" not in text(bob.get("/reviews")).partition("</title>")[0]
    waiting()
    for path in ("/reviews", QUEUE):
        assert "(1)" in text(bob.get(path)).partition("</title>")[0]

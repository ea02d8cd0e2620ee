"""One shape of what somebody asks for, on every way in and out."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.http import QueryDict

from activations.api.activate import SelfActivationBody
from activations.api.approval import ApprovalBody
from activations.api.grants import ExtensionBody
from activations.api.json_shapes import from_json, json_name, schema
from activations.domain.request_details import RequestDetails
from activations.domain.rules import Refusal
from activations.evidence.fields import REQUEST, Change
from activations.models import Grant, Request
from activations.pages.forms import RequestForm, request_retry_form
from activations.services.approval_request import ApprovalInput
from activations.services.self_activation import SelfActivation

EXTENDED = cast(Grant, SimpleNamespace(pk="11111111-2222-3333-4444-555555555555"))
NAMES = RequestDetails.names()


def test_fingerprints_are_those_that_version_0_1_0_stored() -> None:
    """A form or call that is repeated after an upgrade finds the request that it made before."""
    several = SelfActivation("shop-prod", ("b", "a", "b"), RequestDetails(30, "  CASE-1 ü "), "k")
    extension = SelfActivation("shop-prod", ("a",), RequestDetails(30, "CASE-1"), "k", EXTENDED)
    reviewers = ("carol@example.com", "bob@example.com", "bob@example.com")
    approval = ApprovalInput("shop-prod", "a", reviewers, RequestDetails(60, "CASE-2"), "k")
    assert [asked.fingerprint for asked in (several, extension, approval)] == [
        "6f24d0843c5dfeaed60950cfc8a33e63a409e2377d1da37879424b056513b4dd",
        "9fd6a18b05516ef0ccd109170eeb9bd8f355334f952509188ef82d7a84c0a309",
        "fe3551c94bed77f5cb6134a813160aee2fa4572adde8aca800c6287c0abeaf18",
    ]


@pytest.mark.parametrize(
    "changed",
    [
        RequestDetails(31, "CASE-1"),
        RequestDetails(30, "CASE-2"),
        RequestDetails(30, "CASE-1", start_at=datetime(2030, 1, 1, tzinfo=UTC)),
    ],
)
def test_another_detail_is_another_request(changed: RequestDetails) -> None:
    first = SelfActivation("shop-prod", ("a",), RequestDetails(30, "CASE-1"))
    assert SelfActivation("shop-prod", ("a",), changed).fingerprint != first.fingerprint


def test_every_detail_may_be_blank_so_that_a_new_one_changes_no_stored_fingerprint() -> None:
    assert RequestDetails().given() == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_detail_is_a_column_that_never_changes(name: str) -> None:
    assert Request._meta.get_field(name).concrete
    assert REQUEST.changes[name] is Change.NEVER


@pytest.mark.parametrize("body", [SelfActivationBody, ApprovalBody, ExtensionBody])
def test_every_body_of_the_api_takes_every_detail(body: type[RequestDetails]) -> None:
    described: dict[str, Any] = {}
    schema(body, described)
    names = {json_name(field) for field in fields(RequestDetails)}
    assert names <= set(described[body.__name__]["properties"])
    sent = {"activationTimeout": 45, "justification": "CASE-3"}
    assert RequestDetails.of(from_json(body, sent)) == RequestDetails(45, "CASE-3")
    assert RequestDetails.of(from_json(body, {"justification": None})) == RequestDetails()


def test_a_body_is_told_the_name_that_it_sent() -> None:
    with pytest.raises(Refusal, match="activationTimeout must be a whole number"):
        from_json(SelfActivationBody, {"activationTimeout": "45"})


def test_the_form_and_the_retry_form_keep_every_detail() -> None:
    typed = dict.fromkeys(NAMES, " text ") | {
        "minutes": " 45 ",
        "start_at": "2030-01-01T10:00",
        "break_glass": "true",
    }
    posted = QueryDict(mutable=True)
    posted.update(typed)
    form = RequestForm.sent(posted)
    assert form.details == typed | {"minutes": "45"}
    assert set(form.details.items()) <= set(request_retry_form("/activate", form).values)
    start = datetime(2030, 1, 1, 10, tzinfo=UTC)
    read: dict[str, Any] = {"minutes": 45, "start_at": start, "break_glass": True}
    assert form.checked_details() == RequestDetails(**typed | read)


def test_a_form_shows_the_details_of_an_earlier_request() -> None:
    details = RequestDetails(45, "CASE-4", start_at=datetime(2030, 1, 1, 10, tzinfo=UTC))
    assert RequestForm("shop-prod", details.texts()).checked_details() == details

"""The recorded facts about a caller, and the labels of log entries as in the original."""

from __future__ import annotations

from contextvars import Context

from activations.domain.caller import Caller, current_caller, current_trace


def test_the_labels_are_the_originals() -> None:
    caller = Caller(
        email="alice@example.com",
        subject="accounts.google.com:1",
        device_id="laptop-7",
        access_levels=("high", "managed"),
    )
    assert caller.labels == {
        "user": "alice@example.com",
        "user_id": "accounts.google.com:1",
        "device_id": "laptop-7",
        "device_access_levels": "high, managed",
    }


def test_a_device_that_iap_does_not_name_is_unknown() -> None:
    caller = Caller(email="alice@example.com", subject="s")
    assert caller.labels["device_id"] == "unknown"
    assert caller.labels["device_access_levels"] == ""
    assert (caller.address, caller.channel) == ("", "web")


def test_outside_of_a_request_there_is_no_caller_and_no_trace() -> None:
    assert Context().run(current_caller.get) is None
    assert Context().run(current_trace.get) == ""

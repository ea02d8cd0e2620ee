"""Refusals contain what the caller needs next."""

from __future__ import annotations

import uuid

from activations.domain.refusals import OutcomePending


def test_an_unknown_outcome_has_a_message_and_the_request() -> None:
    request_id = uuid.uuid4()
    refusal = OutcomePending("Google has not confirmed it.", request_id=request_id)
    assert str(refusal) == "Google has not confirmed it."
    assert refusal.request_id == request_id

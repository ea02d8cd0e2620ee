"""Checks the records of each operation against its answer."""

from __future__ import annotations

from typing import Any

from activations.domain.states import EndReason, GrantState, RequestState
from activations.models import Grant, Request
from tests.ledger.operations import Operation, states

ACTIVE, ENDED, FAILED = GrantState.ACTIVE, GrantState.ENDED, GrantState.FAILED
PROVISIONING = GrantState.PROVISIONING


def check_before_reconciling(operation: Operation, subject: str, answer: Any) -> None:
    """Check that the records match the answer."""
    check = NOW.get(operation.name)
    if check:
        check(subject, answer)


def check_in_the_end(operation: Operation, subject: str, answer: Any) -> None:
    """Check the records after a run of the reconciler without faults."""
    check = IN_THE_END.get(operation.name)
    if check:
        check(subject, answer)


def _activated(_: str, answer: Any) -> None:
    if answer.status_code == 200:
        assert answer.json()["status"] == "ACTIVE"
        assert states() == [ACTIVE]
    elif answer.status_code == 504 and "requestId" in answer.json():
        assert states() == [PROVISIONING]
    else:
        assert states() in ([], [FAILED])


def _activated_in_the_end(_: str, answer: Any) -> None:
    if answer.status_code == 200:
        assert states() == [ACTIVE]
    elif answer.status_code == 504 and "requestId" in answer.json():
        assert states() in ([ACTIVE], [FAILED])
    else:
        assert states() in ([], [FAILED]), "what was answered as failed is never granted later"


def _asked(_: str, answer: Any) -> None:
    assert Request.objects.count() == (answer.status_code == 200)


def _approved(request_id: str, answer: Any) -> None:
    state = Request.objects.get(pk=request_id).state
    if answer.status_code == 200:
        assert (state, states()) == (RequestState.APPROVED, [ACTIVE])
    elif answer.status_code == 504 and "requestId" in answer.json():
        assert (state, states()) == (RequestState.APPROVED, [PROVISIONING])
    else:
        assert (state, states()) in (
            (RequestState.PENDING, []),
            (RequestState.APPROVED, [FAILED]),
        )


def _approved_in_the_end(request_id: str, answer: Any) -> None:
    if answer.status_code == 504 and "requestId" in answer.json():
        assert states() == [ACTIVE], "an approval outlives Google's trouble"
    else:
        _approved(request_id, answer)


def _declined(request_id: str, answer: Any) -> None:
    wanted = RequestState.DECLINED if answer.status_code == 200 else RequestState.PENDING
    assert Request.objects.get(pk=request_id).state == wanted


def _ended(grant_id: str, answer: Any) -> None:
    grant = Grant.objects.get(pk=grant_id)
    if answer.status_code == 200:
        assert (grant.state, grant.end_reason) == (ENDED, EndReason.HOLDER)
    else:
        assert (grant.state, grant.ending_reason) == (ACTIVE, EndReason.HOLDER)
        assert grant.ending_failure


def _ended_in_the_end(grant_id: str, _: Any) -> None:
    grant = Grant.objects.get(pk=grant_id)
    assert (grant.state, grant.end_reason) == (ENDED, EndReason.HOLDER)
    assert Grant.objects.filter(state=ACTIVE).count() == 1, "the other one stays"


def _extended(grant_id: str, answer: Any) -> None:
    grant = Grant.objects.get(pk=grant_id)
    if answer.status_code == 200:
        assert (grant.state, grant.end_reason) == (ENDED, EndReason.EXTENDED)
    else:
        assert grant.state == ACTIVE


NOW = {
    "activate": _activated,
    "ask": _asked,
    "approve": _approved,
    "decline": _declined,
    "end": _ended,
    "extend": _extended,
}
IN_THE_END = NOW | {
    "activate": _activated_in_the_end,
    "approve": _approved_in_the_end,
    "end": _ended_in_the_end,
}
# The reconciler finishes an extension whose answer was "not known yet".
IN_THE_END.pop("extend")

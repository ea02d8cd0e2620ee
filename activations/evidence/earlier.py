"""What events of version 0.1.0 record about their rows: less than later versions, which record whole rows.

Returns only values that the event contains. `hidden` names what it changed without recording it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from activations.domain.chain import timestamp
from activations.evidence.fields import GRANT, REQUEST, REVIEW, REVIEWER, Change

Content = Mapping[str, Any]
Recorded = tuple[str, str, dict[str, Any]]

ORIGIN = {"channel": 10, "address": 64, "device_id": 255, "trace": 255}
ASKED = ("request.pending", "request.self_approved")
DECIDED = ("request.approved", "request.declined")
GRANT_DETAILS = {
    "grant.provisioning": {
        "resource_condition": "resource_condition",
        "eligible_by": "eligible_by",
        "eligible_at": "eligible_at",
    },
    "grant.active": {
        "etag_before": "etag_before",
        "etag_after": "etag_after",
        "attempts": "write_attempts",
    },
    "grant.failed": {"message": "failure", "error": "failure_kind"},
    "grant.ending": {"reason": "ending_reason"},
    "grant.end_failed": {"message": "ending_failure"},
    "grant.ended": {"reason": "end_reason"},
}


def recorded_values(content: Content) -> Iterator[Recorded]:
    """Return table, key and the values that one event records; the key of the event's own row is empty."""
    if content["grant"]:
        yield GRANT.name, "", _known(_grant(content))
    if content["kind"].startswith("request.") or content["kind"] == "grant.adopted":
        yield REQUEST.name, "", _known(_request(content))
    if content["kind"] == "request.pending":
        reviewers = content["details"].get("reviewers", {})
        yield from ((REVIEWER.name, email, {"part": part}) for email, part in reviewers.items())
    if content["kind"] in DECIDED and content["actor_subject"]:
        yield REVIEW.name, content["actor_subject"], _known(_review(content))


def hidden(content: Content) -> list[str]:
    """Return the fields of the grant that this event changed, or may have changed, without recording the value."""
    return GRANT.named(Change.WHILE_OPEN) if content["grant"] else []


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _request(content: Content) -> dict[str, Any]:
    details, kind, at = content["details"], content["kind"], content["at"]
    values: dict[str, Any] = {
        "project_id": content["project_id"] or None,
        "beneficiary_email": content["beneficiary_email"] or None,
        "state": "approved" if kind == "grant.adopted" else content["became"] or None,
    }
    if kind == "grant.adopted":
        return values | {"channel": "adopted", "justification": content["comment"] or None}
    if kind not in ASKED:
        return values | {"decided_at": at if content["became"] else None}
    return (
        values
        | _origin(details)
        | {
            "minutes": details.get("minutes"),
            "justification": content["comment"] or None,
            "requested_at": at,
            "beneficiary": content["actor_subject"] or None,
            "expires_at": _seconds(details.get("expires_at")),
        }
    )


def _review(content: Content) -> dict[str, Any]:
    details = content["details"]
    origin = _origin(details)
    origin.pop("trace", None)
    return origin | {
        "reviewer_email": content["actor_email"],
        "part": details.get("part"),
        "decision": content["became"],
        "comment": content["comment"],
        "decided_at": content["at"],
    }


def _grant(content: Content) -> dict[str, Any]:
    kind, details = content["kind"], content["details"]
    values = {
        "project_id": content["project_id"] or None,
        "role": content["role"] or None,
        "beneficiary_email": content["beneficiary_email"] or None,
        "state": content["became"] or None,
    }
    values |= {field: details.get(name) for name, field in GRANT_DETAILS.get(kind, {}).items()}
    if kind == "grant.provisioning":
        values |= {
            "start_time": _seconds(details.get("start")),
            "end_time": _seconds(details.get("end")),
        }
    elif kind == "grant.ending":
        values |= {
            "ending_asked_at": content["at"],
            "ending_asked_by": content["actor_email"] or None,
            "ending_comment": content["comment"],
        }
    elif kind == "grant.ended" and details.get("reason", "expired") != "expired":
        values["ended_at"] = content["at"]
    return values


def _origin(details: Mapping[str, Any]) -> dict[str, Any]:
    return {name: details[name][:longest] for name, longest in ORIGIN.items() if details.get(name)}


def _seconds(value: int | None) -> str | None:
    return None if value is None else timestamp(datetime.fromtimestamp(value, UTC))

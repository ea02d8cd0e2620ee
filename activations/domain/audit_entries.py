"""Reads SetIamPolicy entries of Cloud Audit Logs: who changed which bindings, and which of them concern JIT Access.

The shape is Google's `AuditLog` with `AuditData.policyDelta` for Resource Manager.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from activations.domain.bindings import read_ours
from eligibility.conditions import Eligibility, instant, read_eligibility

Json = Mapping[str, Any]
PROJECT = "projects/"


class ChangeKind(StrEnum):
    """What a changed binding is to JIT Access."""

    ACTIVATION = "activation"
    ELIGIBILITY = "eligibility"
    OTHER = "other"


class FindingKind(StrEnum):
    """What the log and the records do not agree on."""

    MISSING = "missing"
    UNRECORDED = "unrecorded"
    TOUCHED = "touched"
    UNEXPECTED = "unexpected"


LABELS = {
    FindingKind.MISSING: "Write without a log entry",
    FindingKind.UNRECORDED: "Log entry without a record",
    FindingKind.TOUCHED: "Changed by somebody else",
    FindingKind.UNEXPECTED: "Other change by our account",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One member that was added to a binding (`is_added`) or removed from it."""

    is_added: bool
    role: str
    member: str
    title: str = ""
    description: str = ""
    expression: str = ""

    @property
    def kind(self) -> ChangeKind:
        if self.end is not None:
            return ChangeKind.ACTIVATION
        if isinstance(read_eligibility(self.expression), Eligibility):
            return ChangeKind.ELIGIBILITY
        return ChangeKind.OTHER

    @property
    def end(self) -> datetime | None:
        """When the access of an activation's binding ends; None for other bindings."""
        condition = {"title": self.title, "expression": self.expression}
        binding = {"role": self.role, "members": [self.member], "condition": condition}
        email = self.member.lower().removeprefix("user:")
        ours = read_ours(binding, emails=(email,), role=self.role)
        return ours.end if ours else None


@dataclass(frozen=True, slots=True)
class PolicyEntry:
    """One policy that was written; `resource` is such as `projects/ID`, `etag` that of the written policy."""

    key: str
    insert_id: str
    log_name: str
    at: datetime
    resource: str
    principal: str
    reason: str
    etag: str
    changes: tuple[Change, ...]

    @property
    def project_id(self) -> str:
        """The project's ID; '' for a folder or organization."""
        return self.resource.removeprefix(PROJECT) if self.resource.startswith(PROJECT) else ""


def read_entry(entry: Json) -> PolicyEntry | None:
    """Return the policy that was written; None for an entry of something else, or of a write that was refused.

    :raises eligibility.conditions.UnreadableTime: when the entry has no valid time.
    """
    audit = _inside(entry, "protoPayload")
    if "SetIamPolicy" not in _text(audit, "methodName") or _inside(audit, "status").get("code"):
        return None
    log_name, insert_id, time = (
        _text(entry, name) for name in ("logName", "insertId", "timestamp")
    )
    # These three identify an entry in Cloud Logging.
    key = hashlib.sha256("\n".join((log_name, time, insert_id)).encode()).hexdigest()
    return PolicyEntry(
        key=key,
        insert_id=insert_id,
        log_name=log_name,
        at=instant(time),
        resource=_resource(entry, audit),
        principal=_text(_inside(audit, "authenticationInfo"), "principalEmail").lower(),
        reason=_text(_inside(_inside(audit, "requestMetadata"), "requestAttributes"), "reason"),
        etag=_text(_inside(audit, "response"), "etag"),
        changes=tuple(_changes(audit)),
    )


def _resource(entry: Json, audit: Json) -> str:
    """Return the project by its ID, even where the entry names its number."""
    project_id = _text(_inside(_inside(entry, "resource"), "labels"), "project_id")
    named = _text(audit, "resourceName").removeprefix("//cloudresourcemanager.googleapis.com/")
    is_project = _text(_inside(entry, "resource"), "type") == "project" and project_id
    return f"{PROJECT}{project_id}" if is_project else named


def _changes(audit: Json) -> Iterator[Change]:
    delta = _inside(_inside(audit, "serviceData"), "policyDelta")
    for found in delta.get("bindingDeltas") or []:
        condition = _inside(found, "condition")
        yield Change(
            is_added=found.get("action") == "ADD",
            role=_text(found, "role"),
            member=_text(found, "member"),
            title=_text(condition, "title"),
            description=_text(condition, "description"),
            expression=_text(condition, "expression"),
        )


def _inside(found: Json, name: str) -> Json:
    value = found.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(found: Json, name: str) -> str:
    # PostgreSQL stores no NUL.
    return str(found.get(name) or "").replace("\0", "")

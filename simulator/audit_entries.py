"""The audit log: an entry for each setIamPolicy, as Cloud Audit Logs record it."""

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.resources import Policy, Resource

Entry = dict[str, Any]
Triple = tuple[str, str, str, str, str]


class AuditLog:
    """All entries, in the order in which they arrived; safe to read while more are written."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._late: list[Entry] = []
        # Log views that exist, and projects or views whose entries may not be read.
        self.views: frozenset[str] = frozenset()
        self.unreadable: frozenset[str] = frozenset()
        # While true, entries are written but arrive only with `arrive`.
        self.holds_back = False
        # How long ago writes happen, for tests of what has settled.
        self.age = timedelta()

    def note_write(
        self, resource: Resource, *, before: Policy, principal: str, reason: str = ""
    ) -> None:
        """Record a write that has just succeeded."""
        self.add(entry_of(resource, before, principal, reason, datetime.now(UTC) - self.age))

    def add(self, entry: Entry) -> None:
        """Add an entry."""
        with self._lock:
            (self._late if self.holds_back else self._entries).append(entry)

    def arrive(self) -> None:
        """Let the entries arrive that were held back."""
        with self._lock:
            self._entries += self._late
            self._late = []

    def lose(self) -> None:
        """Delete all entries, as nobody can at Google."""
        with self._lock:
            self._entries, self._late = [], []

    def lose_one(self, position: int) -> None:
        """Delete one of the entries that have arrived."""
        with self._lock:
            del self._entries[position]

    def entries(self) -> list[Entry]:
        """Return what has arrived, by time."""
        with self._lock:
            return sorted(self._entries, key=lambda entry: (entry["timestamp"], entry["insertId"]))


def entry_of(
    resource: Resource, before: Policy, principal: str, reason: str, at: datetime
) -> Entry:
    """Return the entry of one write."""
    time = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    kind = resource.kind.removesuffix("s")
    labels = {f"{kind}_id": resource.id} if kind == "project" else {f"{kind}_id": resource.number}
    audit: Entry = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "serviceName": "cloudresourcemanager.googleapis.com",
        "methodName": "SetIamPolicy",
        "resourceName": resource.name,
        "authenticationInfo": {"principalEmail": principal},
        "requestMetadata": {"requestAttributes": {"time": time, "reason": reason}},
        "serviceData": {
            "@type": "type.googleapis.com/google.iam.v1.logging.AuditData",
            "policyDelta": {"bindingDeltas": list(deltas(before, resource.policy))},
        },
        "response": {
            "@type": "type.googleapis.com/google.iam.v1.Policy",
            "etag": resource.policy["etag"],
        },
        "status": {},
    }
    return {
        "logName": f"{resource.name}/logs/cloudaudit.googleapis.com%2Factivity",
        "insertId": uuid.uuid4().hex[:16],
        "timestamp": time,
        "receiveTimestamp": time,
        "severity": "NOTICE",
        "resource": {"type": kind, "labels": labels},
        "protoPayload": audit,
    }


def deltas(before: Policy, after: Policy) -> Iterator[Entry]:
    """Yield what changed, one item for each member of a binding."""
    was, became = triples(before), triples(after)
    for action, found in (("REMOVE", was - became), ("ADD", became - was)):
        for role, member, title, description, expression in sorted(found):
            condition = {"title": title, "description": description, "expression": expression}
            more = {"condition": condition} if expression else {}
            yield {"action": action, "role": role, "member": member, **more}


def triples(policy: Policy) -> set[Triple]:
    """Return each member of each binding, with the role and the condition."""
    return {
        (binding["role"], member, *condition(binding))
        for binding in policy.get("bindings") or []
        for member in binding.get("members") or []
    }


def condition(binding: Policy) -> tuple[str, str, str]:
    """Return title, description and expression; '' for what is missing."""
    found = binding.get("condition") or {}
    title, description, expression = (
        str(found.get(name) or "") for name in ("title", "description", "expression")
    )
    return title, description, expression

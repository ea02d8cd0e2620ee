"""Compares all rows with the chain, in the same pass and in chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from activations.evidence.comparison import of_chunk, strays
from activations.evidence.differences import Difference
from activations.evidence.fields import BY_NAME
from activations.evidence.history import begins_request
from activations.evidence.imports import KINDS, wrong_digests
from activations.evidence.recording import ROWS
from activations.evidence.registered import all_tables, more_checks
from activations.evidence.rows import IMPORTED
from activations.models import ChainHead


class RowChecks:
    """Compares rows in chunks, in the order in which their requests appear in the chain."""

    def __init__(self, differs: Callable[[Difference], None]) -> None:
        self.count = self.waiting = 0
        head = ChainHead.objects.filter(id=1).first()
        self._taken_in = head.taken_in if head else 0
        self._differs = differs
        self._more = more_checks()
        self._registered = {table.name for table in all_tables()} - set(BY_NAME)
        self._has_begun = False  # a version that records rows has recorded an event

    def take(self, contents: Sequence[Mapping[str, Any]]) -> None:
        """Compare the requests that start in this chunk of the chain, and the digests in it."""
        if not contents:
            return
        created = dict.fromkeys(c["request"] for c in contents if begins_request(c))
        self._report(of_chunk(contents, created, last=contents[-1]["sequence"]))
        for content in contents:
            self._take_registered(content)
            self._has_begun |= ROWS in content["details"] and content["kind"] != IMPORTED
            if content["kind"] == IMPORTED:
                self._take_import(content)
            elif content["sequence"] > self._taken_in and _is_earlier(content):
                self.waiting += _row_count(content)

    def finish(self, last: int) -> None:
        """Compare what is left; `last` is the number of the last verified event."""
        self._report(strays())
        for checks in self._more:
            self._report(checks.finish(last))

    def _take_registered(self, content: Mapping[str, Any]) -> None:
        for checks in self._more:
            try:
                self._report(checks.take(content))
            except (TypeError, ValueError, AttributeError, KeyError) as error:
                self._report([_unreadable(content, error)])

    def _take_import(self, content: Mapping[str, Any]) -> None:
        if content["details"].get("table") in self._registered:
            return
        if content["request"] and self._has_begun:
            message = "was imported without an event of its own, which only the migration does"
            name, key = content["details"]["table"], content["grant"] or content["request"]
            self._report([Difference(name, key, content["request"], message, content["sequence"])])
        try:
            self._report(wrong_digests(content))
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            self._report([_unreadable(content, error)])

    def _report(self, found: Iterable[Difference]) -> None:
        for difference in found:
            self.count += 1
            self._differs(difference)


def _unreadable(content: Mapping[str, Any], error: Exception) -> Difference:
    number = content["sequence"]
    return Difference("event", str(number), "", f"cannot be read: {error!r}", number)


def _is_earlier(content: Mapping[str, Any]) -> bool:
    """Whether version 0.1.0 recorded this event, which implies rows."""
    return content["kind"] in KINDS and ROWS not in content["details"]


def _row_count(content: Mapping[str, Any]) -> int:
    """Return how many rows an event of version 0.1.0 created."""
    if content["kind"] == "grant.adopted":
        return 2
    return 1 + len(content["details"].get("reviewers", {}))

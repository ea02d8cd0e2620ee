"""Reads, changes and writes a policy, until it has the wanted content or time runs out."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from googlecloud.calls import Deadline, pauses
from googlecloud.errors import (
    Conflict,
    GoogleCloudError,
    OutcomeUnknown,
    QuotaExceeded,
    Unavailable,
)
from googlecloud.policy import Modification, Policy

_VERSION = 3
_MOST_TRIES = 20
_TIME_TO_LOOK_AFTER = 3.0
_SENT = "The change was sent to Google, but its result is not known"


@dataclass(slots=True)
class PolicyChange:
    """One change of one policy.

    Every write carries the etag that was read. So a write that seemed lost and arrives late cannot
    undo a later one, and no write takes effect twice.
    """

    read: Callable[[Deadline], Policy]
    write: Callable[[Policy], Policy]
    change: Callable[[Policy], Policy]
    deadline: Deadline
    sleep: Callable[[float], None]
    _attempts: int = 0
    _lost: Policy | None = None
    _unresolved: bool = False
    _pauses: Iterator[float] = field(default_factory=lambda: pauses(_MOST_TRIES - 1))

    def apply(self, policy: Policy | None) -> Modification:
        """Apply the change, starting from `policy` when it was already read."""
        current = self.read(self.deadline) if policy is None else policy
        while True:
            wanted = self._changed(current)
            if wanted == current:
                return self._already_so(current)
            try:
                after = self._write(current, wanted)
            except (Conflict, QuotaExceeded) as error:
                self._pause(error)
                current = self._read_again()
            except Unavailable as error:
                current = self._after_loss(error, current)
            except GoogleCloudError as error:
                if self._unresolved:  # this write is refused; the previous one may still arrive
                    raise _unknown(error) from None
                raise
            else:
                return Modification(current, after, self._attempts, written=True)

    def _changed(self, policy: Policy) -> Policy:
        try:
            return self.change(copy.deepcopy(policy))
        except Exception as refusal:
            if self._unresolved:
                # The policy may already contain a write that was sent before, so this is not a refusal.
                raise OutcomeUnknown(f"{_SENT}: {refusal}") from refusal
            raise

    def _already_so(self, current: Policy) -> Modification:
        """Return the policy that needs no write, or already has one whose answer was lost."""
        before = current if self._lost is None else self._lost
        return Modification(before, current, self._attempts, written=self._lost is not None)

    def _write(self, current: Policy, wanted: Policy) -> Policy:
        etag = current.get("etag")
        if not etag:
            raise GoogleCloudError(
                "Google sent a policy without etag; writing it could undo others' work"
            )
        self._attempts += 1
        return self.write({**wanted, "version": _VERSION, "etag": etag})

    def _after_loss(self, error: Unavailable, current: Policy) -> Policy:
        """Read the live policy to find out whether a write without an answer took effect."""
        if not error.sent:
            self._pause(error)
            return current
        self._lost = current
        self._unresolved = self._unresolved or not error.is_final
        live = self._look_after(error)
        if self._changed(live) != live:
            self._pause(error)
        return live

    def _look_after(self, error: Unavailable) -> Policy:
        try:
            return self.read(self.deadline.at_least(_TIME_TO_LOOK_AFTER))
        except GoogleCloudError:
            raise _unknown(error) from None

    def _read_again(self) -> Policy:
        try:
            return self.read(self.deadline)
        except GoogleCloudError as error:
            if self._unresolved:
                raise _unknown(error) from None
            raise

    def _pause(self, error: GoogleCloudError) -> None:
        """Sleep before the next attempt.

        :raises GoogleCloudError: `error`, when no time is left.
        """
        pause = max(next(self._pauses, float("inf")), error.retry_after or 0)
        if not self.deadline.allows(pause):
            raise _unknown(error) if self._unresolved else error
        self.sleep(pause)


def _unknown(error: GoogleCloudError) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{_SENT}: {error}",
        status=error.status,
        reason=error.reason,
        api=error.api,
    )

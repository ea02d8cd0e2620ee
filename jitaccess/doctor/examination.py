"""All checks at the same time, each on its own: one that hangs or breaks costs one line."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass

from googlecloud.deadline import Deadline
from jitaccess.doctor import deployment, groups, messages, scope, storage
from jitaccess.doctor.finding import Finding, unknown
from jitaccess.doctor.target import Target

logger = logging.getLogger("jitaccess.doctor")

SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Check:
    """What to look at, and the name to use when that does not come back."""

    name: str
    look: Callable[[Target], Iterator[Finding]]


CHECKS = (
    Check("Service account", deployment.service_account),
    Check("Project", deployment.project),
    Check("IAP audience", deployment.audience),
    Check("IAP keys", deployment.iap_keys),
    Check("Clock", deployment.clock),
    Check("IAM policies", scope.policies),
    Check("Cloud Asset", scope.asset_and_roles),
    Check("Groups", groups.groups),
    Check("Pub/Sub topic", messages.topic),
    Check("Secrets", messages.secrets),
    Check("Mail server", messages.mail),
)
# Asked on the thread that called, which is the one with a connection to the database.
LOCAL = Check("Database", storage.storage)


def examine(
    target: Target, *, checks: Sequence[Check] = CHECKS, seconds: float = SECONDS
) -> list[Finding]:
    """All findings, in the order of the checks, after at most about `seconds`."""
    deadline = Deadline(seconds)
    begun = [(check, _begin(check, target)) for check in checks]
    local = _look(LOCAL, target)
    remote = [found for check, work in begun for found in _result(check, work, deadline)]
    return remote + local


def _begin(check: Check, target: Target) -> Future[list[Finding]]:
    """Daemons: a check that hangs does not keep the process from ending."""
    work: Future[list[Finding]] = Future()
    context = copy_context()
    threading.Thread(
        target=lambda: work.set_result(context.run(_look, check, target)), daemon=True
    ).start()
    return work


def _look(check: Check, target: Target) -> list[Finding]:
    try:
        return list(check.look(target))
    except Exception as error:
        # A check that breaks must not keep the others from being told.
        logger.exception("The check %s broke", check.name)
        return [unknown(check.name, f"The check itself broke: {type(error).__name__}: {error}")]


def _result(check: Check, work: Future[list[Finding]], deadline: Deadline) -> list[Finding]:
    try:
        return work.result(timeout=deadline.remaining())
    except TimeoutError:
        return [unknown(check.name, "No answer in time.", "Look again in a minute.")]

"""Runs all checks at the same time and independently: one that hangs or fails costs only its own line."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass

from googlecloud.calls import Deadline
from jitaccess.doctor import (
    deployment,
    groups,
    messages,
    outside_evidence,
    public_address,
    scope,
    storage,
)
from jitaccess.doctor.check_result import CheckResult, unknown
from jitaccess.doctor.target import Target

logger = logging.getLogger("jitaccess.doctor")

SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Check:
    """One check, and the name to report when it returns nothing."""

    name: str
    look: Callable[[Target], Iterator[CheckResult]]


CHECKS = (
    Check("Service account", deployment.service_account),
    Check("Project", deployment.project),
    Check("Variables", deployment.variables),
    Check(public_address.NAME, public_address.public_address),
    Check("IAP audience", deployment.audience),
    Check("IAP keys", deployment.iap_keys),
    Check("Clock", deployment.clock),
    Check("IAM policies", scope.policies),
    Check("Cloud Asset", scope.asset_and_roles),
    Check("Policy Analyzer", scope.analyzer),
    Check("Groups", groups.groups),
    Check("Pub/Sub topic", messages.topic),
    Check("Secrets", messages.secrets),
    Check("Mail server", messages.mail),
    Check(outside_evidence.VIEWS, outside_evidence.audit_log_views),
    Check(outside_evidence.BUCKET, outside_evidence.export_bucket),
)
# Runs on the calling thread, which has the connection to the database.
LOCAL = Check("Database", storage.storage)


def examine(
    target: Target, *, checks: Sequence[Check] = CHECKS, seconds: float = SECONDS
) -> list[CheckResult]:
    """Return all results in the order of the checks, after at most about `seconds`."""
    deadline = Deadline(seconds)
    begun = [(check, _begin(check, target)) for check in checks]
    local = _look(LOCAL, target)
    remote = [found for check, work in begun for found in _result(check, work, deadline)]
    return remote + local


def _begin(check: Check, target: Target) -> Future[list[CheckResult]]:
    """Start the check on a daemon thread, so that a check that hangs does not keep the process alive."""
    work: Future[list[CheckResult]] = Future()
    context = copy_context()
    threading.Thread(
        target=lambda: work.set_result(context.run(_look, check, target)), daemon=True
    ).start()
    return work


def _look(check: Check, target: Target) -> list[CheckResult]:
    try:
        return list(check.look(target))
    except Exception as error:
        # One failing check must not hide the results of the others.
        logger.exception("The check %s failed", check.name)
        return [unknown(check.name, f"The check itself failed: {type(error).__name__}: {error}")]


def _result(check: Check, work: Future[list[CheckResult]], deadline: Deadline) -> list[CheckResult]:
    try:
        return work.result(timeout=deadline.remaining())
    except TimeoutError:
        return [unknown(check.name, "No answer in time.", "Run the doctor again in a minute.")]

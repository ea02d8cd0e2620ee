"""Conditions that must hold before the server accepts requests; management commands skip them."""

from __future__ import annotations

import logging
from datetime import UTC

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from activations.checks import check_evidence
from jitaccess.runtime import Platform
from jitaccess.static_files import are_collected
from policies.services.active import UnusablePolicy, active_policy

logger = logging.getLogger("jitaccess.start")

MIGRATE = "python manage.py migrate --no-input"
COLLECT = "python manage.py collectstatic --no-input"


class StartRefused(Exception):
    """The server would do harm or serve nobody in this state; the text says what to do."""


def require_readiness() -> None:
    """Refuse to start with an unfinished database, without static files, or without an audience.

    A database that does not answer does not stop the start: it may come back, and until then
    `/health/ready` reports it.

    :raises StartRefused: with the command to run or the variable to set.
    """
    _require_audience()
    _require_static_files()
    try:
        _require_migrations()
        _require_evidence()
        _log_access_policy()
    except DatabaseError as error:
        logger.error(  # noqa: TRY400  # the cause is a sentence of the database's, not of ours
            "The database does not answer; requests will fail until it does: %s",
            error,
            extra={"event": "start.database"},
        )


def unapplied_migrations() -> list[str]:
    """Return the names of migrations that are not applied to the database.

    :raises DatabaseError: when the database does not answer.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]


def _require_migrations() -> None:
    if missing := unapplied_migrations():
        raise StartRefused(
            f"{len(missing)} migrations are not applied to the database, {missing[0]} first."
            f" Run `{MIGRATE}` with the same variables, then start again."
        )


def _require_evidence() -> None:
    for problem in check_evidence(databases=["default"]):
        raise StartRefused(f"{problem.msg} {problem.hint}")


def _log_access_policy() -> None:
    """Log which access policy is active. One that cannot be applied refuses requests, not the start."""
    event = {"event": "start.access_policy"}
    try:
        active = active_policy()
    except UnusablePolicy as error:
        logger.error("Nothing can be requested or approved. %s", error, extra=event)  # noqa: TRY400  # the cause is a sentence already
        return
    if active is None:
        logger.info("No access policy is active", extra=event)
        return
    at = active.activated_at.astimezone(UTC)
    logger.info(
        "The access policy %s is active, activated on %s UTC",
        active.sha256,
        f"{at:%Y-%m-%d %H:%M}",
        extra=event,
    )
    if active.fault:
        logger.error("%s", active.fault, extra=event)


def _require_static_files() -> None:
    """Refuse to start without static files: neither platform collects them, nor can they be added later."""
    if are_collected() or settings.PLATFORM is Platform.MACHINE:
        return
    problem = (
        "Static files are not collected, so pages would have neither style nor script."
        f" Run `{COLLECT}` with the same variables where you deploy from, then deploy again."
    )
    if not settings.ALLOW_SQLITE:
        raise StartRefused(problem)
    # ALLOW_SQLITE on such a platform means a trial installation.
    logger.warning("%s", problem, extra={"event": "runtime.startup"})


def _require_audience() -> None:
    known = settings.IAP_AUDIENCE or settings.IAP_BACKEND_SERVICE_ID
    if settings.PLATFORM is Platform.MACHINE and not known:
        raise StartRefused(
            "No audience for IAP's assertions is configured, so all requests would be rejected. Set"
            " IAP_AUDIENCE='/projects/NUMBER/global/backendServices/ID', as the console shows it"
            " under Identity-Aware Proxy, Signed Header JWT Audience."
        )

"""Conditions that must hold before the server accepts requests; management commands skip them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC

from django.conf import settings
from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.migrations.executor import MigrationExecutor

from activations.checks import check_evidence
from activations.database_faults import Fault, described, fault_of
from jitaccess.refusal import StartRefused
from jitaccess.runtime import Platform
from jitaccess.static_files import are_collected
from policies.services.active import UnusablePolicy, active_policy

logger = logging.getLogger("jitaccess.start")

MIGRATE = "python manage.py migrate --no-input"
COLLECT = "python manage.py collectstatic --no-input"
# No statement of a page or of the API takes a second; below the 60 seconds that balancers wait.
STATEMENT_SECONDS = 30
# Faults that only an operator corrects. All others stop nothing, because the database may come back.
REMEDIES = {
    Fault.LOGIN: "Correct the user and the password in DATABASE_URL, or the user of DATABASE_IAM_LOGIN.",
    Fault.NO_DATABASE: "Correct the name at the end of DATABASE_URL, or create the database.",
    Fault.OPTION: "Correct what follows the question mark in DATABASE_URL.",
    Fault.SCHEMA: f"Run `{MIGRATE}` with the same variables.",
}


def require_readiness() -> None:
    """Refuse to start with an unusable database, without static files, or without an audience.

    A database that does not answer does not stop the start: it may come back, and until then
    `/health/ready` reports it.

    :raises StartRefused: with all problems, each with the command to run or the variable to set.
    """
    problems = [*_without_audience(), *_without_static_files(), *_unusable_database()]
    if problems:
        raise StartRefused(problems)


def limit_statements() -> None:
    """Let PostgreSQL end statements of this server that take too long, and compile none; commands may take longer.

    It compiles those that it expects to be slow, which takes seconds where the statement takes a tenth of one.
    """
    connection_created.connect(_limit_statements, dispatch_uid="limit_statements")


def _limit_statements(connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'; SET jit = off")


def _unusable_database() -> Iterator[str]:
    try:
        unapplied = list(_unapplied_migrations())
        problems = unapplied or list(unprotected_evidence())
        yield from problems
        if not problems:
            _log_access_policy()
    except Error as error:
        if remedy := REMEDIES.get(fault_of(error)):  # type: ignore[arg-type]  # None has no remedy
            yield f"{described(error)}. {remedy}"
            return
        logger.error(  # noqa: TRY400  # the cause is a sentence of the database's, not of ours
            "Pages and API answer 503 until the database works. %s",
            described(error),
            extra={"event": "start.database"},
        )


def unapplied_migrations() -> list[str]:
    """Return the names of migrations that are not applied to the database.

    :raises django.db.Error: when the database does not answer.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]


def _unapplied_migrations() -> Iterator[str]:
    if missing := unapplied_migrations():
        yield (
            f"{len(missing)} migrations are not applied to the database, {missing[0]} first."
            f" Run `{MIGRATE}` with the same variables, then start again."
        )


def unprotected_evidence() -> Iterator[str]:
    """Yield what is wrong with the triggers or the end of the chain, with the command to run."""
    for problem in check_evidence(databases=["default"]):
        yield f"{problem.msg} {problem.hint}"


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


def _without_static_files() -> Iterator[str]:
    """Refuse to start without static files: neither platform collects them, nor can they be added later."""
    if are_collected() or settings.PLATFORM is Platform.MACHINE:
        return
    problem = (
        "Static files are not collected, so pages would have neither style nor script."
        f" Run `{COLLECT}` with the same variables where you deploy from, then deploy again."
    )
    if not settings.ALLOW_SQLITE:
        yield problem
        return
    # ALLOW_SQLITE on such a platform means a trial installation.
    logger.warning("%s", problem, extra={"event": "runtime.startup"})


def _without_audience() -> Iterator[str]:
    known = settings.IAP_AUDIENCE or settings.IAP_BACKEND_SERVICE_ID
    if settings.PLATFORM is Platform.MACHINE and not known:
        yield (
            "No audience for IAP's assertions is configured, so all requests would be rejected. Set"
            " IAP_AUDIENCE='/projects/NUMBER/global/backendServices/ID', as the console shows it"
            " under Identity-Aware Proxy, Signed Header JWT Audience."
        )

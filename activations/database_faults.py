"""Names the reason why the database does not do its part, from the error of its driver.

SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html. While connecting, libpq
passes on only the server's text, so that is read there. SQLite's codes: https://sqlite.org/rescode.html.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from enum import Enum
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, ProgrammingError

T = TypeVar("T")
logger = logging.getLogger("jitaccess.errors")


class Fault(Enum):
    """A state of the database or of its configuration, in words for people. Not an error of our queries."""

    LOGIN = "The database does not accept the user or password of JIT Access"
    NO_DATABASE = "The database server has no database of the configured name"
    OPTION = "The address of the database has an option that cannot be used"
    SCHEMA = "The tables of the database do not belong to this version of JIT Access"
    PRIVILEGE = "The database does not allow JIT Access to use its tables"
    UNREACHABLE = "The database cannot be reached"
    STARTING = "The database is starting or stopping"
    NO_SLOTS = "The database has no free connection"
    READ_ONLY = "The database accepts no changes"
    FULL = "The database has no space or memory left"
    SLOW = "The database took too long"
    BUSY = "Too many changes were made in the database at the same time"
    DAMAGED = "The database cannot read or write its files"

    @property
    def is_definite(self) -> bool:
        """Whether waiting does not help, because the configuration is wrong."""
        return self in _DEFINITE


_DEFINITE = {Fault.LOGIN, Fault.NO_DATABASE, Fault.OPTION, Fault.SCHEMA, Fault.PRIVILEGE}
# By SQLSTATE; a class of two characters counts for all codes that are not listed themselves.
_BY_STATE = {
    "28": Fault.LOGIN,
    "3D": Fault.NO_DATABASE,
    "42P01": Fault.SCHEMA,
    "42703": Fault.SCHEMA,
    "42501": Fault.PRIVILEGE,
    "08": Fault.UNREACHABLE,
    "57P": Fault.STARTING,
    "57P04": Fault.NO_DATABASE,
    "57P05": Fault.UNREACHABLE,
    "53300": Fault.NO_SLOTS,
    "53": Fault.FULL,
    "25006": Fault.READ_ONLY,
    "25P03": Fault.SLOW,
    "25P04": Fault.SLOW,
    "57014": Fault.SLOW,
    "55P03": Fault.SLOW,
    "40": Fault.BUSY,
    "58": Fault.DAMAGED,
    "XX": Fault.DAMAGED,
}
_BY_SQLITE_NAME = {
    "SQLITE_BUSY": Fault.SLOW,
    "SQLITE_LOCKED": Fault.SLOW,
    "SQLITE_READONLY": Fault.READ_ONLY,
    "SQLITE_FULL": Fault.FULL,
    "SQLITE_NOMEM": Fault.FULL,
    "SQLITE_CANTOPEN": Fault.UNREACHABLE,
    "SQLITE_PERM": Fault.UNREACHABLE,
    "SQLITE_IOERR": Fault.DAMAGED,
    "SQLITE_CORRUPT": Fault.DAMAGED,
    "SQLITE_NOTADB": Fault.DAMAGED,
}
_BY_TEXT = (
    (r"authentication failed|no password supplied|no pg_hba.conf entry", Fault.LOGIN),
    (r"role .* does not exist|not permitted to log in", Fault.LOGIN),
    (r"database .* does not exist", Fault.NO_DATABASE),
    (r"too many (clients|connections)|connection slots", Fault.NO_SLOTS),
    (r"starting up|shutting down|recovery|not yet accepting|administrator command", Fault.STARTING),
    (r"no such (table|column)", Fault.SCHEMA),
    (r"invalid \w+ value: |invalid integer value .* for connection option", Fault.OPTION),
)
# Errors of psycopg before it connects, which it raises like those of wrong queries.
_OPTION = re.compile(r'invalid connection option|bad value for connect_timeout|missing "=" after')


def fault_of(error: BaseException) -> Fault | None:
    """Return what is wrong with the database; None for every other error, such as a wrong query."""
    if not isinstance(error, Error):
        return None
    for cause in _causes(error):
        if found := _fault(cause):
            return found
    if any(_code(cause) for cause in _causes(error)):
        return None
    # Drivers give no code when a connection cannot be opened or is lost.
    if any(isinstance(e, OperationalError | InterfaceError) for e in _causes(error)):
        return Fault.UNREACHABLE
    if any(_is_broken_protocol(cause) for cause in _causes(error)):
        return Fault.UNREACHABLE
    is_option = isinstance(error, ProgrammingError) and _OPTION.search(str(error))
    return Fault.OPTION if is_option else None


def described(error: Error) -> str:
    """Return what is wrong, followed by the driver's words, on one line."""
    fault = fault_of(error)
    return f"{fault.value if fault else 'The database does not answer'}: {words_of(error)}"


def words_of(error: BaseException) -> str:
    """Return the driver's words on one line."""
    return " ".join(str(error).split())


def log_fault(what: str, error: BaseException) -> None:
    """Log one entry, without a traceback; the driver's words say more."""
    fault = fault_of(error)
    labels = {"fault": fault.name if fault else ""}
    logger.error(
        "%s: %s", what, words_of(error), extra={"event": "database.failed", "labels": labels}
    )


def available(look: Callable[[], T], otherwise: T) -> T:
    """Return what `look` reads from the database, or `otherwise` when the database fails."""
    try:
        return look()
    except Error as error:
        if fault_of(error) is None:
            raise
        return otherwise


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what caused it; Django wraps the errors of drivers."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def _is_broken_protocol(error: BaseException) -> bool:
    """Return whether libpq itself gave up, such as with "lost synchronization with server".

    psycopg raises exactly DatabaseError then. Django does so too, without a driver, when a row to save is gone.
    """
    kind = type(error)
    return kind.__name__ == "DatabaseError" and kind.__module__.partition(".")[0] == "psycopg"


def _code(error: BaseException) -> str:
    """Return PostgreSQL's SQLSTATE or SQLite's name of the error, '' when the driver gives none."""
    return str(getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or "")


def _fault(error: BaseException) -> Fault | None:
    code = _code(error)
    if code.startswith("SQLITE_"):
        family = "_".join(code.split("_")[:2])
        return _BY_SQLITE_NAME.get(family) or (_told(error) if family == "SQLITE_ERROR" else None)
    if code:
        return next((_BY_STATE[code[:n]] for n in (5, 3, 2) if code[:n] in _BY_STATE), None)
    return _told(error) if isinstance(error, OperationalError) else None


def _told(error: BaseException) -> Fault | None:
    text = str(error)
    return next((fault for pattern, fault in _BY_TEXT if re.search(pattern, text)), None)

"""Reads typed environment variables: a value that does not parse stops the start and names the variable."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote

import environ
from django.core.exceptions import ImproperlyConfigured

from googlecloud.addresses import require_safe
from jitaccess.connection_options import check_options

TRUE = frozenset({"true", "yes", "1", "on"})
FALSE = frozenset({"false", "no", "0", "off"})
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")  # int() would accept 1_000, and digits of any script
PRINCIPAL = re.compile(r"(user|group):[^@\s,]+@[^@\s,]+")
DATABASES = frozenset({"sqlite", "postgres", "postgresql"})
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable that the settings read, with the value it has when unset."""

    name: str
    default: Any


class Environment:
    """Reads variables once and trims them; blank counts as unset (as in the original application)."""

    def __init__(self, variables: Mapping[str, str], problems: list[str] | None = None) -> None:
        """Collect problems in the list and use defaults instead; without a list, raise the first problem."""
        self._variables = variables
        self._problems = problems
        self.asked: dict[str, Variable] = {}

    def read(self, look: Callable[[Environment], T], otherwise: T) -> T:
        """Return what `look` reads, or `otherwise` after collecting why it is not valid.

        :raises ImproperlyConfigured: when problems are not collected.
        """
        try:
            return look(self)
        except ImproperlyConfigured as error:
            return self.refuse(str(error), otherwise)

    def refuse(self, problem: str, otherwise: T) -> T:
        """Collect a problem, and return the value to continue with.

        :raises ImproperlyConfigured: when problems are not collected.
        """
        if self._problems is None:
            raise ImproperlyConfigured(problem)
        if problem not in self._problems:  # a variable may be read twice
            self._problems.append(problem)
        return otherwise

    def text(self, name: str, default: str = "") -> str:
        """Return the trimmed value, or the default when unset or blank."""
        self.asked[name] = Variable(name, default)
        return self._variables.get(name, "").strip() or default

    def text_in_any_case(self, name: str) -> str:
        """Return the value of a variable that other programs, too, read in lower case; lower case wins, as in curl."""
        upper = self.text(name)
        return self._variables.get(name.lower(), "").strip() or upper

    def is_set(self, name: str) -> bool:
        return bool(self._variables.get(name, "").strip())

    def integer(
        self, name: str, default: int, *, at_least: int | None = None, at_most: int | None = None
    ) -> int:
        """Return a whole number within its bounds.

        :raises ImproperlyConfigured: naming the variable, its value and the values it may have.
        """
        text = self.text(name)
        self.asked[name] = Variable(name, default)
        if not text:
            return default
        if not WHOLE_NUMBER.fullmatch(text):
            return self.refuse(f"{name} must be a whole number, not {text!r}.", default)
        number = int(text)
        if at_least is not None and number < at_least:
            return self.refuse(f"{name} must be at least {at_least}, not {number}.", default)
        if at_most is not None and number > at_most:
            return self.refuse(f"{name} must be at most {at_most}, not {number}.", default)
        return number

    def boolean(self, name: str, *, default: bool) -> bool:
        """Return a boolean. Accepts only true/false, yes/no, 1/0 and on/off: a typing error must not disable a check.

        :raises ImproperlyConfigured: for any other value.
        """
        text = self.text(name).lower()
        self.asked[name] = Variable(name, default)
        if not text:
            return default
        if text not in TRUE | FALSE:
            return self.refuse(
                f"{name} must be true or false (or yes, no, 1, 0, on, off), not {text!r}.", default
            )
        return text in TRUE

    def listing(self, name: str) -> tuple[str, ...]:
        """Return comma-separated values, trimmed, without empty ones."""
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def principals(self, name: str) -> tuple[str, ...]:
        """Return people and groups in lower case, as in IAM: `user:a@example.com`, `group:g@example.com`.

        :raises ImproperlyConfigured: for anything else.
        """
        found = tuple(part.lower() for part in self.listing(name))
        for principal in found:
            if not PRINCIPAL.fullmatch(principal):
                return self.refuse(
                    f"{name} lists {principal!r}; write user:NAME@DOMAIN or group:NAME@DOMAIN,"
                    " separated by commas.",
                    (),
                )
        return found

    def address(self, name: str, default: str = "") -> str:
        """Return an address to which tokens may be sent: https, or http on this machine.

        :raises ImproperlyConfigured: for anything else.
        """
        url = self.text(name, default)
        try:
            if url:
                require_safe(url)
        except ValueError as error:
            return self.refuse(f"{name}: {error}.", default)
        return url

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Return Django's settings for a database URL.

        :raises ImproperlyConfigured: when the URL does not name SQLite or PostgreSQL.
        """
        return database_config(name, self.text(name, default))


def database_config(name: str, url: str) -> dict[str, Any]:
    """Return Django's settings for the database URL in the variable `name`.

    :raises ImproperlyConfigured: when the URL does not name SQLite or PostgreSQL, or has an option that
        PostgreSQL does not know; without its password.
    """
    config: dict[str, Any] = {}
    scheme, separator, _ = url.partition("://")
    if separator and scheme in DATABASES:
        with contextlib.suppress(ValueError, KeyError):
            config = environ.Env.db_url_config(url)
    # A socket folder may be percent-encoded in the host part; django-environ does not decode it.
    config["HOST"] = unquote(str(config.get("HOST", "")))
    # An in-memory database would be a separate one for each thread.
    if config.get("NAME") in {None, "", ":memory:"}:
        raise ImproperlyConfigured(
            f"{name} must be sqlite:///FILE or postgres://USER:PASSWORD@HOST/NAME"
            " (for Cloud SQL: postgres://USER:PASSWORD@//cloudsql/PROJECT:REGION:INSTANCE/NAME)."
        )
    if scheme != "sqlite":
        check_options(name, config.get("OPTIONS", {}))
    return config

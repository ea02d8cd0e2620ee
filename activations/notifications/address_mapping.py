"""Maps user IDs to mail addresses with SMTP_ADDRESS_MAPPING, a CEL expression that is compiled once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

SAMPLE = "someone@example.com"


def extract(value: str, template: str) -> str:
    """Return the part of `value` at the position of `{name}` in the template, or ''.

    Returns the whole value when the template does not contain both braces.
    """
    start, end = template.find("{"), template.find("}")
    if start < 0 or end < 0:
        return value
    _, found, rest = value.partition(template[:start]) if start else ("", "{", value)
    if not found:
        return ""
    suffix = template[end + 1 :]
    if not suffix:
        return rest
    extracted, found, _ = rest.partition(suffix)
    return extracted if found else ""


class UnusableMapping(Exception):
    """The expression is not CEL, or uses an unknown name or function."""


class MappingFailed(Exception):
    """The expression did not return a string for this user."""


class AddressMapping:
    """Turns user IDs into mail addresses. Without an expression, the address is the user ID."""

    def __init__(self, expression: str = "") -> None:
        """Compile the expression.

        :raises UnusableMapping: when the expression is invalid for every user.
        """
        self.expression = expression
        self._evaluate = _compiled(expression) if expression else None

    def __call__(self, user: str) -> str:
        """Return the mail address of a user.

        :raises MappingFailed: when the expression fails for this user.
        """
        user = user.lower()
        if self._evaluate is None:
            return user
        failed = (
            f"The email mapping expression failed to transform the user ID '{user}' into a"
            " valid email address"
        )
        try:
            result = self._evaluate({"email": user})
        except Exception as error:  # celpy does not wrap the errors of functions that it calls
            raise MappingFailed(failed) from error
        if result is None:
            raise MappingFailed(f"{failed}: Result is null")
        if not isinstance(result, str):
            raise MappingFailed(
                f"{failed}: Result is of type '{_cel_name(result)}' instead of a string"
            )
        return str(result)

    def __repr__(self) -> str:
        return f"AddressMapping({self.expression!r})"


def _compiled(expression: str) -> Callable[[Mapping[str, str]], object]:
    # Importing celpy takes half a second, so only deployments with a mapping import it.
    from celpy import Environment, celtypes  # noqa: PLC0415  # see above
    from celpy.adapter import json_to_cel  # noqa: PLC0415  # see above
    from celpy.celparser import CELParseError  # noqa: PLC0415  # see above
    from celpy.evaluation import CELEvalError  # noqa: PLC0415  # see above

    def extracted(value: Any, template: Any) -> Any:
        if not (isinstance(value, str) and isinstance(template, str)):
            raise TypeError("extract requires string arguments")
        return celtypes.StringType(extract(value, template))

    environment = Environment()
    try:
        program = environment.program(
            environment.compile(expression), functions={"extract": extracted}
        )
    except CELParseError as error:
        raise UnusableMapping(f"{expression!r} is not CEL") from error

    def evaluate(user: Mapping[str, str]) -> object:
        return program.evaluate({"user": json_to_cel(dict(user))})

    _try(evaluate, CELEvalError)
    return evaluate


def _try(evaluate: Callable[[Mapping[str, str]], object], failure: type[Exception]) -> None:
    """Reject unknown names and functions. Other errors may depend on the user and are ignored here."""
    try:
        evaluate({"email": SAMPLE})
    except failure as error:
        text = str(error.args[0])
        if text.startswith("undeclared reference"):
            raise UnusableMapping(text.partition(" (in ")[0]) from error


def _cel_name(value: object) -> str:
    return type(value).__name__.removesuffix("Type").lower()

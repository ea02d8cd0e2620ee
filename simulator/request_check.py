"""Google's checks before a method runs: token, scope, parameters, body."""

from typing import Any

from simulator.discovery import Method, Schema
from simulator.errors import ApiError, error_info, invalid
from simulator.exchange import Request
from simulator.tokens import Tokens

EXPECTED = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
NO_CREDENTIALS = f"Request is missing required authentication credential. {EXPECTED}"
BAD_CREDENTIALS = f"Request had invalid authentication credentials. {EXPECTED}"
PROTO_TYPES = {"int32": "TYPE_INT32", "int64": "TYPE_INT64"}
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def check_access(method: Method, tokens: Tokens, request: Request) -> str:
    """Return the caller, when the token is valid and its scopes suffice.

    :raises ApiError: 401 without a valid token, 403 when the scopes do not suffice.
    """
    challenge = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'}
    if not request.bearer:
        info = error_info("CREDENTIALS_MISSING")
        raise ApiError(401, NO_CREDENTIALS, reason="required", details=[info], headers=challenge)
    token = tokens.recognise(request.bearer)
    if token is None:
        info = error_info("ACCESS_TOKEN_EXPIRED")
        raise ApiError(401, BAD_CREDENTIALS, details=[info], headers=challenge)
    if not token.scopes & method.scopes:
        info = error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", method=method.id)
        message = "Request had insufficient authentication scopes."
        raise ApiError(403, message, reason="insufficientPermissions", details=[info])
    return token.principal


def check_query(method: Method, query: dict[str, list[str]]) -> None:
    """Refuse parameters that the method does not have.

    :raises ApiError: 400 in Google's words.
    """
    known = method.query_parameters
    for name, values in query.items():
        if name in known:
            check_parameter(name, known[name], values)
        elif name not in method.document.standard_parameters:
            raise bad_request(
                "",
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message.",
            )


def check_parameter(name: str, schema: Schema, values: list[str]) -> None:
    """Refuse values of another type, and repeated values of a single parameter.

    :raises ApiError: 400 in Google's words.
    """
    if len(values) > 1 and not schema.get("repeated"):
        raise invalid(
            f"Invalid value at '{name}', Proto field is not repeating, cannot start list."
        )
    if schema["type"] == "integer" and not values[-1].lstrip("-").isdigit():
        kind = PROTO_TYPES.get(schema.get("format", ""), "TYPE_INT32")
        raise bad_request(name, f"Invalid value at '{name}' ({kind}), \"{values[-1]}\"")


def check_body(method: Method, body: Any) -> None:
    """Refuse fields that the method's message does not have.

    :raises ApiError: 400 in Google's words.
    """
    if body is None:
        return
    if not isinstance(body, dict):
        raise invalid("Invalid JSON payload received. Root element must be a message.")
    if method.request is None:
        raise invalid("Request body is not allowed for this method.")
    check_message(method, method.request, body, "")


def check_message(method: Method, reference: Schema, message: dict[str, Any], where: str) -> None:
    """Check one object against its schema."""
    schema = method.document.schema(reference)
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    for name, value in message.items():
        field = known.get(name, others)
        if field is None:
            place = f" at '{where}'" if where else ""
            raise bad_request(
                where,
                f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.',
            )
        check_value(method, field, value, f"{where}.{name}" if where else name)


def check_value(method: Method, reference: Schema, value: Any, where: str) -> None:
    """Check one value against its schema; null counts as absent."""
    schema = method.document.schema(reference)
    kind = schema["type"]
    if value is None or kind == "any":
        return
    if kind == "array":
        check_list(method, schema["items"], value, where)
    elif kind == "object":
        if not isinstance(value, dict):
            raise bad_request(where, f"Invalid value at '{where}' (type message), \"{value}\"")
        check_message(method, schema, value, where)
    elif not fits(schema, value):
        proto = PROTO_TYPES.get(schema.get("format", ""), f"TYPE_{kind.upper()}")
        raise bad_request(where, f"Invalid value at '{where}' ({proto}), \"{value}\"")


def check_list(method: Method, item: Schema, values: Any, where: str) -> None:
    """Check each item of a repeated field."""
    if not isinstance(values, list):
        raise invalid(f"Invalid value at '{where}', expected a list.")
    for index, value in enumerate(values):
        check_value(method, item, value, f"{where}[{index}]")


def fits(schema: Schema, value: Any) -> bool:
    """Return whether a plain value has the type; 64-bit numbers and bytes are sent as text."""
    if isinstance(value, bool):
        return bool(schema["type"] == "boolean")
    return isinstance(value, PYTHON_TYPES[schema["type"]])


def bad_request(where: str, description: str) -> ApiError:
    """Return a 400 that names the violated field."""
    violation = {"description": description} | ({"field": where} if where else {})
    detail = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [violation],
    }
    return ApiError(400, description, details=[detail])

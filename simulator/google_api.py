"""A Google API: methods from a discovery document, each with a handler."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.discovery import Method, document
from simulator.errors import ApiError
from simulator.exchange import Answer, Request, json_answer
from simulator.request_check import check_access, check_body, check_query
from simulator.world import World


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A validated call, as handlers receive it."""

    world: World
    path: dict[str, str]
    query: dict[str, list[str]]
    body: dict[str, Any] = field(default_factory=dict)
    principal: str = ""
    reason: str = ""

    def text(self, name: str) -> str:
        """Return a query parameter, '' when it was not sent."""
        return self.query.get(name, [""])[-1]

    def number(self, name: str, default: int) -> int:
        """Return a numeric query parameter."""
        return int(self.text(name) or default)


Handler = Callable[[ApiCall], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class GoogleRoute:
    """One method of a Google API."""

    api: str
    method: Method
    handler: Handler
    legacy: bool = False
    recorded: bool = True
    slow: bool = True

    def matches(self, request: Request) -> bool:
        """Return whether the request is for this method."""
        return self.method.http_method == request.meant_method and bool(
            self.method.path.fullmatch(request.path)
        )

    def serve(self, world: World, request: Request) -> Answer:
        """Validate the request as Google does, then run the handler."""
        try:
            return json_answer(self.handler(self._checked(world, request)))
        except ApiError as error:
            return json_answer(self.error_body(error), error.status, error.headers)

    def parsed_body(self, request: Request) -> Any:
        """Return the JSON body, or its text when it is not JSON."""
        if request.is_tunnelled or not request.body:
            return None
        try:
            return json.loads(request.body)
        except ValueError:
            return request.body.decode(errors="replace")

    def error_body(self, error: ApiError) -> dict[str, Any]:
        """Return an error in this API's form."""
        return error.legacy_body() if self.legacy else error.body()

    def _checked(self, world: World, request: Request) -> ApiCall:
        principal = check_access(self.method, world.tokens, request)
        check_query(self.method, request.query)
        body = self.parsed_body(request)
        check_body(self.method, body)
        found = self.method.path.fullmatch(request.path)
        path = found.groupdict() if found else {}
        reason = request.headers.get("x-goog-request-reason", "")
        return ApiCall(world, path, request.query, body or {}, principal, reason)


def google_api(
    name: str, handlers: Mapping[str, Handler], *, prefix: str = "", legacy: bool = False
) -> list[GoogleRoute]:
    """Return routes for some methods of the API with that discovery document.

    Keys are method ids without the API's name; `prefix` shortens them in the record.
    """
    found = document(name)
    api = found.raw["name"] if not legacy else "directory"
    return [
        GoogleRoute(
            f"{api}.{key.removeprefix(prefix)}", found.methods[f"{api}.{key}"], handler, legacy
        )
        for key, handler in handlers.items()
    ]

"""Maps paths to services."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from simulator.errors import ApiError
from simulator.exchange import Answer, Request, json_answer
from simulator.world import World


class Route(Protocol):
    """One endpoint."""

    @property
    def api(self) -> str:
        """Return the name in the record."""
        ...

    @property
    def slow(self) -> bool:
        """Return whether the injected latency applies."""
        ...

    @property
    def recorded(self) -> bool:
        """Return whether calls are recorded and can have faults."""
        ...

    def matches(self, request: Request) -> bool:
        """Return whether the request is for this route."""
        ...

    def serve(self, world: World, request: Request) -> Answer:
        """Return the answer."""
        ...

    def parsed_body(self, request: Request) -> Any:
        """Return the body as the record shows it."""
        ...

    def error_body(self, error: ApiError) -> dict[str, Any]:
        """Return an error in this API's form."""
        ...


@dataclass(frozen=True, slots=True)
class PlainRoute:
    """A route outside Google's APIs: metadata, keys, the simulator's own pages."""

    api: str
    prefix: str
    answer: Callable[[World, Request], Answer]
    recorded: bool = True
    slow: bool = False
    exact: bool = False

    def matches(self, request: Request) -> bool:
        """Return whether the path begins with the prefix, or equals it."""
        if self.exact:
            return request.path == self.prefix
        return request.path.startswith(self.prefix)

    def serve(self, world: World, request: Request) -> Answer:
        """Return the answer."""
        return self.answer(world, request)

    def parsed_body(self, request: Request) -> Any:
        """Return the body as bytes."""
        return request.body

    def error_body(self, error: ApiError) -> dict[str, Any]:
        """Return an error in the current form of Google's APIs."""
        return error.body()


class Routes:
    """All routes; the first match answers."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = list(routes)

    def find(self, request: Request) -> Route:
        """Return the route for a request."""
        return next((route for route in self._routes if route.matches(request)), NOTHING)


def not_found(_: World, request: Request) -> Answer:
    """Return Google's answer for a path that no service has."""
    message = f"The requested URL {request.path} was not found on this server."
    return json_answer(ApiError(404, message).body(), 404)


NOTHING: Route = PlainRoute("unknown", "", not_found)

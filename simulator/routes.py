"""Which service answers which path."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from simulator.errors import ApiError
from simulator.exchange import Answer, Request, json_answer
from simulator.world import World


class Route(Protocol):
    """One thing that can be called."""

    @property
    def api(self) -> str:
        """The name in the record."""
        ...

    @property
    def slow(self) -> bool:
        """Whether the injected latency applies."""
        ...

    @property
    def recorded(self) -> bool:
        """Whether calls are recorded and can fail on order."""
        ...

    def matches(self, request: Request) -> bool:
        """Whether the request is for this route."""
        ...

    def serve(self, world: World, request: Request) -> Answer:
        """Do the work."""
        ...

    def parsed_body(self, request: Request) -> Any:
        """The body as the record shows it."""
        ...

    def error_body(self, error: ApiError) -> dict[str, Any]:
        """A refusal in this API's shape."""
        ...


@dataclass(frozen=True, slots=True)
class PlainRoute:
    """A route that is no Google API: metadata, keys, the simulator's own pages."""

    api: str
    prefix: str
    answer: Callable[[World, Request], Answer]
    recorded: bool = True
    slow: bool = False
    exact: bool = False

    def matches(self, request: Request) -> bool:
        """Whether the path begins with the prefix, or is all of it."""
        if self.exact:
            return request.path == self.prefix
        return request.path.startswith(self.prefix)

    def serve(self, world: World, request: Request) -> Answer:
        """Do the work."""
        return self.answer(world, request)

    def parsed_body(self, request: Request) -> Any:
        """The bytes."""
        return request.body

    def error_body(self, error: ApiError) -> dict[str, Any]:
        """The modern shape."""
        return error.body()


class Routes:
    """All routes, asked in order."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = list(routes)

    def find(self, request: Request) -> Route:
        """The route for a request."""
        return next((route for route in self._routes if route.matches(request)), NOTHING)


def not_found(_: World, request: Request) -> Answer:
    """What Google says about a path that no service has."""
    message = f"The requested URL {request.path} was not found on this server."
    return json_answer(ApiError(404, message).body(), 404)


NOTHING: Route = PlainRoute("unknown", "", not_found)

"""The address of all APIs: finds the service, injects faults, records calls."""

import time
from dataclasses import dataclass, replace
from typing import cast

from simulator.calls import Call
from simulator.exchange import Answer, Request, json_answer
from simulator.faults import Fault
from simulator.handler import Handler
from simulator.routes import Route, Routes
from simulator.server import Server
from simulator.world import World


@dataclass(frozen=True, slots=True)
class Gateway:
    """Serves the routes of a world."""

    world: World
    routes: Routes

    def serve(self, request: Request, server: Server) -> Answer | None:
        """Return the answer, or None to close the connection without one."""
        route = self.routes.find(request)
        call = opened(route, request, self.world)
        answer = self._attempt(route, request, call, server)
        if route.recorded:
            status = answer.status if answer else 0
            self.world.calls.record(replace(call, status=status, ended=time.monotonic()))
        return answer

    def _attempt(self, route: Route, request: Request, call: Call, server: Server) -> Answer | None:
        if route.slow and self.world.latency:
            server.stopping.wait(self.world.latency)
        fault = self.world.faults.take(call) if route.recorded else None
        if fault is None:
            return route.serve(self.world, request)
        return self._fail(fault, route, request, server)

    def _fail(self, fault: Fault, route: Route, request: Request, server: Server) -> Answer | None:
        done = route.serve(self.world, request) if fault.works_first else None
        if fault.hang:
            server.stopping.wait(fault.hang)
        if fault.close or server.stopping.is_set():
            return None
        error = fault.error()
        if error is not None:
            return json_answer(route.error_body(error), error.status, error.headers)
        return done or route.serve(self.world, request)


def opened(route: Route, request: Request, world: World) -> Call:
    """Return the record of a call that has just begun."""
    token = world.tokens.recognise(request.bearer)
    return Call(
        api=route.api,
        method=request.meant_method,
        path=request.path,
        params=request.query,
        body=route.parsed_body(request),
        headers=request.headers,
        principal=token.principal if token else "",
        started=time.monotonic(),
    )


def handler_for(gateway: Gateway) -> type[Handler]:
    """Return a handler class for the server of this gateway."""

    class GatewayHandler(Handler):
        def exchange(self) -> None:
            answer = gateway.serve(self.read_request(), cast("Server", self.server))
            if answer is None:
                self.close_connection = True
            else:
                self.send(answer)

    return GatewayHandler

"""Serve the seeded company until a signal arrives: `python -m simulator`."""

import argparse
import signal
import threading
from collections.abc import Sequence
from contextlib import ExitStack

from simulator.frontdoor import FrontDoor
from simulator.mailbox_smtp import SmtpServer
from simulator.scheduler import Scheduler
from simulator.seed import example_company
from simulator.seed_demo import demo_company
from simulator.seed_large import large_company
from simulator.simulator import Simulator


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8085, help="Google APIs (default: 8085)")
    parser.add_argument(
        "--front-door-port", type=int, default=8080, help="for people (default: 8080)"
    )
    parser.add_argument(
        "--app", default="http://127.0.0.1:8081", help="the application behind the front door"
    )
    parser.add_argument(
        "--smtp-port", type=int, help="receive mail on this port, for the mailbox page"
    )
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to each call")
    parser.add_argument("--projects", type=int, default=0, help="add that many projects")
    parser.add_argument(
        "--scheduler-audience", help="call the application's jobs, with tokens for this audience"
    )
    parser.add_argument("--demo", action="store_true", help="serve the larger company of the demo")
    return parser.parse_args(words)


def serve(options: argparse.Namespace, stop: threading.Event) -> None:
    """Serve until `stop` is set."""
    company = demo_company() if options.demo else example_company()
    if options.projects:
        company = large_company(options.projects)
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator(company, port=options.port))
        simulator.latency = options.latency
        door = FrontDoor(simulator, options.app, port=options.front_door_port)
        stack.enter_context(door)
        variables = dict(simulator.environment)
        if options.smtp_port is not None:
            mail = stack.enter_context(SmtpServer(simulator.mailbox, options.smtp_port))
            variables |= mail.environment
        if options.scheduler_audience:
            scheduler = Scheduler(simulator, options.app, audience=options.scheduler_audience)
            stack.enter_context(scheduler)
        for name, value in variables.items():
            print(f"{name}={value}")
        print(f"# The front door is {door.url}, in front of {options.app}.", flush=True)
        stop.wait()


def main() -> None:
    """Run the command."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    serve(arguments(), stop)


if __name__ == "__main__":
    main()

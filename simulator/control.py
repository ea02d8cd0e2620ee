"""The control interface of the simulator: inspect and configure it from another process."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from simulator.exchange import Answer, Request, json_answer
from simulator.iap import assertion_claims
from simulator.people import User
from simulator.routes import PlainRoute
from simulator.world import World

ROOT = "/simulator/"
KNOBS = (
    "latency",
    "page_size",
    "empty_pages",
    "page_token_age",
    "asset_lag",
    "searches_groups",
    "self_impersonation",
    "analyses_left",
    "analysis_seconds",
)
CHANGES = (
    "add_alias",
    "add_folder",
    "add_group",
    "add_project",
    "add_user",
    "bind",
    "join",
    "leave",
    "put_policy",
    "remove_group",
    "remove_project",
    "remove_user",
    "rename_user",
)
Action = Callable[[World, str, Any], Any]


def control(world: World, request: Request) -> Answer:
    """Run one action; requests from pages of other sites are refused."""
    name, _, rest = request.path.removeprefix(ROOT).partition("/")
    action = ACTIONS.get(f"{request.method} {name}")
    if action is None:
        return json_answer({"actions": sorted(ACTIONS)}, 404 if name else 200)
    if "origin" in request.headers:
        return json_answer({"message": "Pages of other sites may not use this interface."}, 403)
    try:
        document = json.loads(request.body) if request.body else {}
        return json_answer(action(world, rest, document))
    except (KeyError, TypeError, ValueError) as error:
        return json_answer({"message": f"{type(error).__name__}: {error}"}, 400)


def show_policy(world: World, name: str, _: Any) -> Any:
    """Return the raw policy of a project, folder or organization."""
    return world.company.policy(name)


def put_policy(world: World, name: str, policy: Any) -> Any:
    """Replace a policy."""
    return world.company.put_policy(name, policy)


def show_calls(world: World, pattern: str, _: Any) -> Any:
    """Return the recorded calls, all or those of an API pattern, and their depth."""
    calls = world.calls.of(pattern or "*")
    return {"calls": [readable(asdict(call)) for call in calls], "depth": calls.google.depth()}


def forget_calls(world: World, _: str, __: Any) -> Any:
    """Delete the recorded calls."""
    world.calls.clear()
    return {}


def add_fault(world: World, _: str, options: Any) -> Any:
    """Add a fault to inject."""
    world.faults.add(options.pop("api"), **options)
    return {}


def forget_faults(world: World, _: str, __: Any) -> Any:
    """Remove all faults."""
    world.faults.clear()
    return {}


def show_knobs(world: World, _: str, __: Any) -> Any:
    """Return all settings."""
    return {name: getattr(world, name) for name in KNOBS}


def turn_knobs(world: World, _: str, values: Any) -> Any:
    """Change some settings."""
    unknown = set(values) - set(KNOBS)
    if unknown:
        raise KeyError(*unknown)
    for name, value in values.items():
        setattr(world, name, value)
    return show_knobs(world, "", None)


def change_company(world: World, method: str, arguments: Any) -> Any:
    """Call one of the company's methods by name."""
    if method not in CHANGES:
        raise KeyError(method)
    getattr(world.company, method)(**arguments)
    return {}


def sign_assertion(world: World, _: str, options: Any) -> Any:
    """Sign an assertion for an address; `claims` replace some, for example a workforce identity's."""
    email = options["email"]
    user = world.company.account(email) or User(email)
    claims = assertion_claims(user, world.audience, options.get("claims") or {})
    return {"assertion": world.iap.sign(claims)}


def readable(call: dict[str, Any]) -> dict[str, Any]:
    """Return a call without values that JSON cannot represent."""
    body = call["body"]
    return call | {"body": body.decode(errors="replace") if isinstance(body, bytes) else body}


ACTIONS: dict[str, Action] = {
    "GET policies": show_policy,
    "PUT policies": put_policy,
    "GET calls": show_calls,
    "DELETE calls": forget_calls,
    "POST faults": add_fault,
    "DELETE faults": forget_faults,
    "GET knobs": show_knobs,
    "PUT knobs": turn_knobs,
    "POST company": change_company,
    "POST assertions": sign_assertion,
}


def routes() -> list[PlainRoute]:
    """Return the routes of this interface."""
    return [PlainRoute("simulator", ROOT, control, recorded=False)]

"""The metadata server: project, region, service account, and tokens."""

from typing import Any

from simulator.exchange import Answer, Request, json_answer, text_answer
from simulator.routes import PlainRoute
from simulator.tokens import CLOUD_PLATFORM
from simulator.world import World

ROOT = "/computeMetadata/v1/"
FLAVOR = {"Metadata-Flavor": "Google", "Server": "Metadata Server for VM"}
LIFETIME = 3599
FORBIDDEN = "Missing Metadata-Flavor:Google header."


def ping(_: World, __: Request) -> Answer:
    """Answer the probe with which libraries detect a metadata server."""
    return text_answer("computeMetadata/\n", headers=FLAVOR)


def metadata(world: World, request: Request) -> Answer:
    """Return a value, a directory, or with `recursive=true` everything below."""
    if request.headers.get("metadata-flavor") != "Google":
        return text_answer(FORBIDDEN, 403, headers=FLAVOR)
    path = request.path.removeprefix(ROOT).strip("/").split("/")
    if path[:2] == ["instance", "service-accounts"] and path[3:] == ["token"]:
        return token(world, path[2])
    found = look_up(tree(world), path)
    if found is None:
        return text_answer("The requested URL was not found on this server.", 404, headers=FLAVOR)
    if isinstance(found, dict) and request.query.get("recursive") == ["true"]:
        return json_answer(camel_keys(found), headers=FLAVOR)
    if isinstance(found, dict):
        return text_answer(listing(found), headers=FLAVOR)
    return text_answer(found if isinstance(found, str) else "\n".join(found) + "\n", headers=FLAVOR)


def token(world: World, account: str) -> Answer:
    """Return an access token; as on a virtual machine, requested scopes are ignored."""
    if account not in ("default", world.service_account):
        return text_answer("service account not found", 404, headers=FLAVOR)
    text = world.token(lifetime=LIFETIME)
    document = {"access_token": text, "expires_in": LIFETIME, "token_type": "Bearer"}
    return json_answer(document, headers=FLAVOR)


def tree(world: World) -> dict[str, Any]:
    """All values."""
    account = {
        "aliases": ["default"],
        "email": world.service_account,
        "scopes": [CLOUD_PLATFORM],
    }
    place = f"projects/{world.host_number}"
    return {
        "instance": {
            "id": "1",
            "region": f"{place}/regions/{world.region}",
            "service-accounts": {"default": account, world.service_account: account},
            "zone": f"{place}/zones/{world.region}-1",
        },
        "project": {
            "numeric-project-id": world.host_number,
            "project-id": world.host_project,
        },
        "universe": {"universe-domain": "googleapis.com"},
    }


def look_up(node: Any, path: list[str]) -> Any:
    """Return the node at a path, or None."""
    for name in filter(None, path):
        if not isinstance(node, dict) or name not in node:
            return None
        node = node[name]
    return node


def listing(directory: dict[str, Any]) -> str:
    """Return the names in a directory, folders with a slash."""
    names = (f"{name}/" if isinstance(node, dict) else name for name, node in directory.items())
    return "\n".join(names) + "\n"


def camel_keys(node: Any) -> Any:
    """Return the names as the recursive form spells them."""
    if not isinstance(node, dict):
        return node
    return {camel(name): camel_keys(value) for name, value in node.items()}


def camel(name: str) -> str:
    """Convert `project-id` to `projectId`; addresses stay unchanged."""
    if "@" in name:
        return name
    head, *tail = name.split("-")
    return head + "".join(word.capitalize() for word in tail)


def routes() -> list[PlainRoute]:
    """Return the routes of this service."""
    return [
        PlainRoute("metadata.get", ROOT, metadata),
        PlainRoute("metadata.ping", "/", ping, exact=True),
    ]

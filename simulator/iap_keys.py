"""Serves IAP's public keys in Google's format."""

from simulator.exchange import Answer, Request, json_answer
from simulator.routes import PlainRoute
from simulator.world import World

PATH = "/iap/verify/public_key"


def keys(world: World, _: Request) -> Answer:
    """Answer with the key document: key ID to PEM."""
    return json_answer(world.iap.public_keys(), headers={"Cache-Control": "public, max-age=3600"})


def routes() -> list[PlainRoute]:
    """Return the routes of this service."""
    return [PlainRoute("iap.keys", PATH, keys)]

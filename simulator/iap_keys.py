"""IAP's public keys, as Google publishes them."""

from simulator.exchange import Answer, Request, json_answer
from simulator.routes import PlainRoute
from simulator.world import World

PATH = "/iap/verify/public_key"


def keys(world: World, _: Request) -> Answer:
    """Key id to PEM."""
    return json_answer(world.iap.public_keys(), headers={"Cache-Control": "public, max-age=3600"})


def routes() -> list[PlainRoute]:
    """What this service answers."""
    return [PlainRoute("iap.keys", PATH, keys)]

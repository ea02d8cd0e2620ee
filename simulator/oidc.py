"""The keys of identity tokens, as Google publishes them."""

from simulator.exchange import Answer, Request, json_answer
from simulator.iap import public_pem
from simulator.routes import PlainRoute
from simulator.world import World

PATH = "/oauth2/v1/certs"


def certificates(world: World, _: Request) -> Answer:
    """Key id to PEM."""
    return json_answer({world.oidc.KEY_ID: public_pem(world.oidc.key)})


def routes() -> list[PlainRoute]:
    """What this service answers."""
    return [PlainRoute("oidc.certs", PATH, certificates)]

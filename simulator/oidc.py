"""The public keys of identity tokens, in the form that Google publishes."""

from simulator.exchange import Answer, Request, json_answer
from simulator.iap import public_pem
from simulator.routes import PlainRoute
from simulator.world import World

PATH = "/oauth2/v1/certs"


def certificates(world: World, _: Request) -> Answer:
    """Return the keys by id, as PEM."""
    return json_answer({world.oidc.KEY_ID: public_pem(world.oidc.key)})


def routes() -> list[PlainRoute]:
    """Return the routes of this service."""
    return [PlainRoute("oidc.certs", PATH, certificates)]

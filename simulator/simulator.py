"""The simulator: a world of services at one address."""

from contextlib import ExitStack
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import ec

from simulator import (
    cloud_asset,
    cloud_identity,
    cloud_logging,
    cloud_storage,
    control,
    directory,
    iam,
    iam_credentials,
    iap_keys,
    metadata_server,
    oidc,
    policy_analyzer,
    policy_search,
    pubsub,
    resource_manager,
    resource_search,
    secret_manager,
)
from simulator.company import Company
from simulator.frontdoor import FrontDoor
from simulator.gateway import Gateway, handler_for
from simulator.iap import assertion_claims
from simulator.people import User
from simulator.routes import Routes
from simulator.seed import example_company
from simulator.server import Server
from simulator.world import World

SERVICES = (
    control,
    metadata_server,
    iap_keys,
    resource_manager,
    cloud_asset,
    policy_analyzer,
    cloud_identity,
    policy_search,
    resource_search,
    directory,
    iam,
    iam_credentials,
    cloud_logging,
    cloud_storage,
    oidc,
    pubsub,
    secret_manager,
)


class Simulator(World):
    """A Google Cloud on 127.0.0.1, open inside a `with` block."""

    def __init__(self, company: Company | None = None, *, port: int = 0) -> None:
        super().__init__(company or example_company())
        routes = [route for service in SERVICES for route in service.routes()]
        gateway = Gateway(self, Routes(routes))
        self._server = Server(handler_for(gateway), port)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self._server)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def metadata_host(self) -> str:
        """Return the value for GCE_METADATA_HOST and GCE_METADATA_IP."""
        return self._server.address

    @property
    def url(self) -> str:
        """The base address of all APIs."""
        return f"http://{self._server.address}"

    @property
    def keys_url(self) -> str:
        """Return the value for IAP_KEYS_URL."""
        return f"{self.url}{iap_keys.PATH}"

    def front_door(self, app: str, *, port: int = 0) -> FrontDoor:
        """A front door before the application at `app`, open inside a `with` block."""
        return FrontDoor(self, app, port=port)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that let an application live in this cloud."""
        return {
            "GCE_METADATA_HOST": self.metadata_host,
            "GCE_METADATA_IP": self.metadata_host,
            "GOOGLE_API_ENDPOINT": self.url,
            "IAP_KEYS_URL": self.keys_url,
            "IAP_BACKEND_SERVICE_ID": self.audience.rpartition("/")[2],
            "RESOURCE_SCOPE": self.company.organization,
            "RESOURCE_CUSTOMER_ID": self.company.customer_id,
            "ADMINISTRATORS": "group:jit-admins@example.com",
            "AUDITORS": "group:jit-auditors@example.com",
            "REVIEWERS": "group:jit-reviewers@example.com",
        }

    def assertion(
        self,
        email: str,
        /,
        audience: str | None = None,
        *,
        algorithm: str = "ES256",
        key: ec.EllipticCurvePrivateKey | None = None,
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """What IAP sends about a person; claims and header fields can be replaced, None omits."""
        user = self.company.account(email) or User(email)
        overridden = assertion_claims(user, audience or self.audience, claims)
        return self.iap.sign(overridden, algorithm=algorithm, key=key, header=header)

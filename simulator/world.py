"""The state that all simulated services share: the company and the settings of a test."""

from typing import Any

from simulator.audit_entries import AuditLog
from simulator.calls import CallLog
from simulator.company import HOST_NUMBER, HOST_PROJECT, SERVICE_ACCOUNT, Company
from simulator.faults import Faults
from simulator.iap import IapSigner
from simulator.mailbox import Mailbox
from simulator.object_store import ObjectStore
from simulator.oidc_signer import OidcSigner
from simulator.tokens import CLOUD_PLATFORM, Tokens

BACKEND_SERVICE_ID = "1234567890"


class World:
    """State and settings; tests change them while calls are served."""

    host_project = HOST_PROJECT
    host_number = HOST_NUMBER
    service_account = SERVICE_ACCOUNT
    region = "europe-west1"

    def __init__(self, company: Company) -> None:
        self.company = company
        self.calls = CallLog()
        self.faults = Faults()
        self.audit_log = AuditLog()
        self.storage = ObjectStore()
        self.tokens = Tokens()
        self.iap = IapSigner()
        self.mailbox = Mailbox()
        self.oidc = OidcSigner()
        self.account_key = OidcSigner()
        self.latency = 0.0
        self.page_size: int | None = None
        self.empty_pages = False
        # Raise it, and page tokens that were issued before have expired.
        self.page_token_age = 0
        self.asset_lag = 0.0
        # A dict for as long as nothing changes: searches then compute their results once, not for each page.
        self.listings: dict[tuple[object, ...], Any] | None = None
        # Resources, such as `projects/p`, that searches leave out.
        self.left_out_by_search: frozenset[str] = frozenset()
        # None is no quota. An analysis that takes longer than the caller allows is partial.
        self.analyses_left: int | None = None
        self.analysis_seconds = 0.0
        self.unreadable_groups: frozenset[str] = frozenset()
        # Whether the customer's edition includes searches through nested groups.
        self.searches_groups = False
        self.self_impersonation = True
        self.withheld_permissions: frozenset[str] = frozenset()

    @property
    def audience(self) -> str:
        """Return the audience that the application behind this IAP expects."""
        return f"/projects/{self.host_number}/global/backendServices/{BACKEND_SERVICE_ID}"

    def token(self, *scopes: str, principal: str = "", lifetime: float = 3600) -> str:
        """Return an access token, by default the service account's for cloud-platform."""
        return self.tokens.issue(
            principal or self.service_account, frozenset(scopes or (CLOUD_PLATFORM,)), lifetime
        )

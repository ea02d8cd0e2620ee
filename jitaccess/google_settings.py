"""How Google is reached: an address for all APIs or for one, and the proxy; and whose tokens of Google are accepted."""

from __future__ import annotations

import re

from django.core.exceptions import ImproperlyConfigured

from googlecloud.addresses import require_proxy
from googlecloud.config import APIS
from jitaccess.environment import Environment

AUDIENCE = re.compile(r"/projects/[0-9]+/[^\s,]+")
ACCOUNT = re.compile(r"[^@\s,:/]+@[^@\s,:/]+")


def api_endpoints(env: Environment) -> dict[str, str]:
    """Return the configured addresses of single APIs, by the name of the API.

    :raises ImproperlyConfigured: for an address that is neither https nor on this machine.
    """
    found = {api: env.address(f"GOOGLE_API_ENDPOINT_{api.upper()}") for api in APIS}
    return {api: address for api, address in found.items() if address}


def https_proxy(env: Environment) -> str:
    """Return the proxy for calls to Google, '' for none.

    :raises ImproperlyConfigured: when it is no address; the text does not repeat it, because it may hold a password.
    """
    text = env.text_in_any_case("HTTPS_PROXY")
    url = f"http://{text}" if text and "://" not in text else text
    try:
        if url:
            require_proxy(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"HTTPS_PROXY: {error}.") from None
    return url


def no_proxy(env: Environment) -> tuple[str, ...]:
    """Return the hosts, domains and networks that are called without the proxy."""
    listed = env.text_in_any_case("NO_PROXY").split(",")
    return tuple(part.strip() for part in listed if part.strip())


def iap_audiences(env: Environment) -> tuple[str, ...]:
    """Return the audiences that IAP's assertions may have; none when the platform determines it.

    :raises ImproperlyConfigured: when one is not of the form that IAP uses, so that everybody would be refused.
    """
    audiences = env.listing("IAP_AUDIENCE")
    for audience in audiences:
        if not AUDIENCE.fullmatch(audience):
            raise ImproperlyConfigured(
                "IAP_AUDIENCE must have audiences such as /projects/NUMBER/global/backendServices/ID or"
                f" /projects/NUMBER/apps/PROJECT_ID, not {audience!r}."
            )
    return audiences


def cron_service_account(env: Environment) -> str:
    """Return the address of the account whose tokens may call /cron/, in lower case; '' when there is none.

    :raises ImproperlyConfigured: when it is not an address, as with the prefix that IAM writes.
    """
    account = env.text("CRON_SERVICE_ACCOUNT")
    if account and not ACCOUNT.fullmatch(account):
        raise ImproperlyConfigured(
            "CRON_SERVICE_ACCOUNT must be the address of a service account, like"
            f" NAME@PROJECT_ID.iam.gserviceaccount.com without serviceAccount:, not {account!r}."
        )
    return account.lower()

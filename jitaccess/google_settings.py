"""How Google is reached: an address for all APIs or for one, and the proxy."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from googlecloud.addresses import require_proxy
from googlecloud.config import APIS
from jitaccess.environment import Environment


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

"""Accepts only addresses to which tokens can be sent safely: https, or http on this machine."""

import ipaddress
from urllib.parse import urlsplit


def require_safe(url: str) -> None:
    """Accept https and loopback addresses.

    :raises ValueError: when others could read the tokens sent to `url`.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host or parts.username or parts.query or parts.fragment:
        raise ValueError(f"'{url}' is not a base address such as https://host or https://host/path")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise ValueError(f"'{url}' must start with https:// (http:// only for this machine)")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

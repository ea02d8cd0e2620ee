"""The public address of the product, and the hosts that it accepts."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

from jitaccess.environment import Environment

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def public_address(env: Environment) -> str:
    """Return BASE_URL without a trailing slash, or '' when links use the host of the request.

    :raises ImproperlyConfigured: for anything but https, except http on loopback.
    """
    url = env.text("BASE_URL").rstrip("/")
    if not url:
        return ""
    parts = _parts(url)
    if not parts or not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ImproperlyConfigured(
            f"BASE_URL must be an address like https://jit.example.com, not {url!r}."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ImproperlyConfigured(
            "BASE_URL must start with https:// (http is for localhost only): IAP needs TLS."
        )
    return url


def _parts(url: str) -> SplitResult | None:
    """Return scheme, host and port; None when the URL contains anything else."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # read here because only reading it checks it
    except ValueError:
        return None
    has_more = parts.path or parts.query or parts.fragment or parts.username
    return None if has_more else parts


def is_loopback(hostname: str) -> bool:
    return hostname.strip("[]") in {name.strip("[]") for name in LOOPBACK}


def allowed_hosts(base_url: str) -> list[str]:
    """Return the host of BASE_URL; every host when it is not set, because IAP's load balancer decides then."""
    if not base_url:
        return ["*"]
    hostname = urlsplit(base_url).hostname or ""
    return list(LOOPBACK) if is_loopback(hostname) else [_as_sent(hostname)]


def _as_sent(hostname: str) -> str:
    """Return the host as browsers send it: IPv6 addresses in brackets, in their shortest form."""
    try:
        address = ipaddress.ip_address(hostname)
    except ValueError:
        return hostname
    return f"[{address.compressed}]" if address.version == 6 else hostname

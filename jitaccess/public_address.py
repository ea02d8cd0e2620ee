"""The public address of the product, and the hosts it answers for."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from jitaccess.environment import Environment

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def public_address(env: Environment) -> str:
    """BASE_URL without a trailing slash, or '' when links follow the host of the request.

    :raises ImproperlyConfigured: for anything but https, or plain http beyond loopback.
    """
    url = env.text("BASE_URL").rstrip("/")
    if not url:
        return ""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in {"http", "https"} or parts.path or parts.query:
        raise ImproperlyConfigured(
            f"BASE_URL must be an address like https://jit.example.com, not {url!r}."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ImproperlyConfigured(
            "BASE_URL must start with https:// (http is for localhost only): IAP needs TLS."
        )
    return url


def is_loopback(hostname: str) -> bool:
    return hostname.strip("[]") in {name.strip("[]") for name in LOOPBACK}


def allowed_hosts(base_url: str) -> list[str]:
    """The host of BASE_URL; every host when it is not set, as IAP's load balancer decides then."""
    if not base_url:
        return ["*"]
    hostname = urlsplit(base_url).hostname or ""
    return list(LOOPBACK) if is_loopback(hostname) else [hostname]

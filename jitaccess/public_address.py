"""The public address of the product, and the hosts that it accepts."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

from jitaccess.environment import Environment

OWN_PORTS = {"http": 80, "https": 443}
# Django takes a host with a dot in front, or an asterisk, for many hosts.
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.?")
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def public_address(env: Environment) -> str:
    """Return BASE_URL as browsers write it, or '' when links use the host of the request.

    Forms are accepted only when their Origin header equals it, so scheme and host are in lower case, and there is
    neither a slash at the end nor the scheme's own port.

    :raises ImproperlyConfigured: for anything but https, except http on loopback; without the value, which may
        hold a password.
    """
    url = env.text("BASE_URL").rstrip("/")
    if not url:
        return ""
    parts = _parts(url)
    if not parts:
        raise ImproperlyConfigured(
            "BASE_URL must be the address that people open, like https://jit.example.com or"
            " https://jit.example.com:8443: one host name of letters, digits, hyphens and dots, and nothing after"
            " the port."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ImproperlyConfigured(
            "BASE_URL must start with https:// (http is for localhost only): IAP needs TLS."
        )
    port = "" if parts.port in {None, OWN_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{_as_sent(parts.hostname or '')}{port}"


def _parts(url: str) -> SplitResult | None:
    """Return scheme, host and port; None when the URL contains anything else, or a host that is no single one."""
    # Python drops an empty query and line breaks silently.
    if any(each in "?#@" or each.isspace() for each in url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # read here because only reading it checks it
    except ValueError:
        return None
    host = parts.hostname or ""
    is_usable = parts.scheme in OWN_PORTS and not parts.path
    return parts if is_usable and (HOST.fullmatch(host) or _is_ipv6(host)) else None


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
    return f"[{ipaddress.ip_address(hostname).compressed}]" if _is_ipv6(hostname) else hostname


def _is_ipv6(hostname: str) -> bool:
    try:
        return ipaddress.ip_address(hostname).version == 6
    except ValueError:
        return False

"""Accepts only addresses to which tokens can be sent safely, and decides which ones a proxy is asked for."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import SplitResult, unquote, urlsplit


def require_safe(url: str) -> None:
    """Accept https and loopback addresses.

    :raises ValueError: when others could read the tokens sent to `url`; the text does not repeat the address,
        which may hold a password.
    """
    parts = _parts(url)
    host = parts.hostname or ""
    if not host or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("it is not a base address such as https://host or https://host/path")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError("it must start with https:// (http:// only for this machine)")


def is_loopback(host: str) -> bool:
    """Return whether a host name or address, without brackets and port, is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_proxy(url: str) -> None:
    """Accept `http://HOST:PORT`, also https and with `USER:PASSWORD@`. Tokens pass it encrypted, in a tunnel.

    :raises ValueError: for anything else; the text does not repeat the address, which may hold a password.
    """
    parts = _parts(url)
    has_more = parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme not in {"http", "https"} or not parts.hostname or has_more:
        raise ValueError("it is not an address such as http://proxy.example.com:3128")


def _parts(url: str) -> SplitResult:
    """Return the parts of an address, all empty when it is none. Python's errors would repeat the address."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # read here because only reading it checks it
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def proxy_login(url: str) -> str:
    """Return `USER:PASSWORD` of a proxy's address, decoded; '' when it has none."""
    parts = urlsplit(url)
    return f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""


def is_direct(url: str, no_proxy: Sequence[str]) -> bool:
    """Return whether `url` is called without the proxy.

    Plain http is only for this machine and the metadata server, which no proxy reaches. `no_proxy` lists
    hosts, domains with all hosts below them (`example.com`, `.example.com`), addresses and networks
    (`10.0.0.0/8`), any of them with a port, or `*` for everything.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or is_loopback(host):
        return True
    return any(_covers(entry.lower(), host, parts.port or 443) for entry in no_proxy)


def _covers(entry: str, host: str, port: int) -> bool:
    if entry == "*" or _contains(entry, host):
        return True
    name, colon, digits = entry.rpartition(":")
    if colon and digits.isdigit() and name.count(":") == 0:
        return int(digits) == port and _covers(name, host, port)
    domain = entry.removeprefix("*").removeprefix(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _contains(network: str, host: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network.strip("[]"), strict=False)
    except ValueError:
        return False

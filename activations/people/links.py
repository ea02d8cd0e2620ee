"""Links that leave this server: in answers, mails and messages."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def base_url(request: HttpRequest) -> str:
    """BASE_URL, or https and the host of this request; plain http for a laptop's loopback only."""
    if settings.BASE_URL:
        return str(settings.BASE_URL)
    host = request.get_host()
    scheme = "http" if urlsplit(f"//{host}").hostname in LOOPBACK else "https"
    return f"{scheme}://{host}"

"""Reads the client's network address from the headers that Google's proxies add."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

LONGEST = 64


def address_of(request: HttpRequest) -> str:
    """Return the address that Google's front end appended to X-Forwarded-For.

    Entries that the client wrote itself are ignored. Behind an external load balancer the list ends
    with `client, load balancer`, otherwise with the client.
    """
    forwarded = [
        p.strip() for p in request.headers.get("X-Forwarded-For", "").split(",") if p.strip()
    ]
    if not forwarded:
        return str(request.META.get("REMOTE_ADDR", ""))[:LONGEST]
    behind_load_balancer = bool(settings.IAP_BACKEND_SERVICE_ID) and len(forwarded) > 1
    return forwarded[-2 if behind_load_balancer else -1][:LONGEST]

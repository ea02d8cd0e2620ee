"""The network address of the person, as far as the proxies in front can be believed."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

LONGEST = 64


def address_of(request: HttpRequest) -> str:
    """What Google's front end appended to X-Forwarded-For; what clients wrote there is ignored.

    Behind an external load balancer the list ends `client, load balancer`, else with the client.
    """
    forwarded = [
        p.strip() for p in request.headers.get("X-Forwarded-For", "").split(",") if p.strip()
    ]
    if not forwarded:
        return str(request.META.get("REMOTE_ADDR", ""))[:LONGEST]
    behind_load_balancer = bool(settings.IAP_BACKEND_SERVICE_ID) and len(forwarded) > 1
    return forwarded[-2 if behind_load_balancer else -1][:LONGEST]

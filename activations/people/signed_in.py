"""The signed-in person, their connection, and the server's base URL."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from activations.domain.caller import Caller
from activations.models import User
from activations.people.actor import Actor
from googlecloud.errors import GoogleCloudError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def base_url(request: HttpRequest) -> str:
    """Return BASE_URL, or https and this request's host. Only loopback hosts get plain http."""
    if settings.BASE_URL:
        return str(settings.BASE_URL)
    host = request.get_host()
    scheme = "http" if urlsplit(f"//{host}").hostname in LOOPBACK else "https"
    return f"{scheme}://{host}"


def user_of(request: HttpRequest) -> User:
    """Return the signed-in user.

    :raises PermissionDenied: when nobody is signed in, which the middleware does not allow.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def is_administrator(request: HttpRequest) -> bool:
    """Whether an administrator is calling; False while Google cannot say, because this only shows more.

    :raises PermissionDenied: when nobody was let in.
    """
    try:
        return user_of(request).permissions.is_administrator
    except GoogleCloudError:
        return False


def caller_of(request: HttpRequest) -> Caller:
    """Return the signed-in caller.

    :raises PermissionDenied: when nobody is signed in.
    """
    caller = getattr(request, "caller", None)
    if not isinstance(caller, Caller):
        raise PermissionDenied
    return caller


def actor_of(request: HttpRequest) -> Actor:
    """Return the signed-in user with caller and base URL.

    :raises PermissionDenied: when nobody is signed in.
    """
    return Actor(user_of(request), caller_of(request), base_url(request))

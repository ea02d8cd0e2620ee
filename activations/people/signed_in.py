"""Who is calling, as the identity middleware left it on the request."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from activations.domain.caller import Caller
from activations.models import User
from activations.people.actor import Actor
from activations.people.links import base_url


def user_of(request: HttpRequest) -> User:
    """:raises PermissionDenied: when nobody was let in, which the middleware does not allow."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def caller_of(request: HttpRequest) -> Caller:
    """:raises PermissionDenied: when nobody was let in."""
    caller = getattr(request, "caller", None)
    if not isinstance(caller, Caller):
        raise PermissionDenied
    return caller


def actor_of(request: HttpRequest) -> Actor:
    """:raises PermissionDenied: when nobody was let in."""
    return Actor(user_of(request), caller_of(request), base_url(request))

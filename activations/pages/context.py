"""The context of the frame that all pages share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from activations.models import User
from activations.pages.chosen_project import remembered
from activations.pages.ending_soon import EndingLine, ending_soon
from activations.people.visibility import count_waiting_for
from eligibility.entitlements import is_project_id
from googlecloud.errors import GoogleCloudError

PLACES = {
    **dict.fromkeys(("my-access", "roles", "activate", "ask", "explain"), "my-access"),
    **dict.fromkeys(("request-access", "save-set"), "my-access"),
    **dict.fromkeys(("activity", "request", "end", "end-all", "extend"), "activity"),
    **dict.fromkeys(("end-chosen", "extend-several"), "my-access"),
    "reviews": "reviews",
}


@dataclass(frozen=True)
class Frame:
    """The values of the frame, computed on access, because error pages do not use all of them.

    `is_plain` leaves out what must be read from the database or from Google.
    """

    request: HttpRequest
    is_plain: bool = False

    @property
    def _user(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if isinstance(user, User) else None

    @property
    def email(self) -> str:
        return self._user.email if self._user else ""

    @property
    def sees_admin(self) -> bool:
        """Whether the menu shows Admin. False when Google does not answer, so that the page still works."""
        return self._permits(lambda user: user.is_staff)

    @property
    def sees_reviews(self) -> bool:
        """Whether the menu shows Reviews. False when Google does not answer."""
        return self._permits(lambda user: user.permissions.is_manager or user.permissions.is_asked)

    def _permits(self, check: Callable[[User], bool]) -> bool:
        if self.is_plain or self._user is None:
            return False
        try:
            return check(self._user)
        except GoogleCloudError:
            return False

    @property
    def reviews_count(self) -> int:
        """The number of requests that wait for this person's review."""
        if self.is_plain or self._user is None:
            return 0
        return count_waiting_for(self._user, now=timezone.now())

    @cached_property
    def ending(self) -> list[EndingLine]:
        """The person's access that ends soon, without an offer to extend it with one click."""
        if self.is_plain or self._user is None:
            return []
        return [EndingLine(line) for line in ending_soon(self._user, timezone.now())]

    @property
    def project_id(self) -> str:
        """The project of the address, or else the one that was opened last."""
        match = self.request.resolver_match
        asked = str(match.kwargs.get("project_id", "")) if match else ""
        return asked if is_project_id(asked) else remembered(self.request)

    @property
    def place(self) -> str:
        if place := getattr(self.request, "place", ""):
            return str(place)
        match = self.request.resolver_match
        return PLACES.get(match.url_name or "", "") if match else ""

    @property
    def version(self) -> str:
        return str(settings.RELEASE)

    @property
    def now(self) -> str:
        return timezone.now().isoformat(timespec="milliseconds")


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Provide `frame` to all templates (a context processor)."""
    return {"frame": Frame(request)}

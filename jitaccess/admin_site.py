"""The admin without a door of its own: who may enter is known from IAP."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from activations.admin.as_of import moment
from activations.admin.queue_rows import count_waiting
from activations.admin.stop_page import stop_person_page
from activations.admin.tiles import tiles
from jitaccess.doctor.page import doctor

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# Passwords, Django's own sign-in, and helpers of forms that edit: there are none here.
DROPPED = {
    *("login", "logout", "password_change", "password_change_done"),
    *("autocomplete", "view_on_site", "jsi18n"),
}


class JitAccessAdminSite(AdminSite):
    """Reviewers see their queue, administrators and auditors the history; others are refused."""

    site_title = "JIT Access"
    site_header = "JIT Access"
    index_title = "Overview"
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002  # Django's signature
        """The view for those who may enter; others are refused instead of sent to sign in."""

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                raise PermissionDenied(
                    "The administration is for reviewers, administrators and auditors."
                )
            return view(request, *args, **kwargs)

        protected = csrf_protect(inner if cacheable else never_cache(inner))
        return cast(View, update_wrapper(protected, view))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        kept = [url for url in super().get_urls() if getattr(url, "name", None) not in DROPPED]
        ours = [
            path("doctor/", self.admin_view(doctor), name="doctor"),
            path("stop-person/", self.admin_view(stop_person_page), name="stop_person"),
        ]
        return [*ours, *kept]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page shows: how much waits for this person."""
        return super().each_context(request) | {"reviews_waiting": count_waiting(request)}

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """The queue, then lists in the order of the story: request, grant, event, message."""
        apps: list[dict[str, Any]] = super().get_app_list(request, app_label)
        for app in apps:
            for entry in app["models"]:
                ours = self._registry[entry["model"]]
                entry |= {name: getattr(ours, name, "") for name in ("purpose", "position")}
            app["models"].sort(key=lambda entry: entry["position"])
        return apps

    def app_index(  # type: ignore[override]  # the stubs allow pages only
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """There is one app: its page is the front page."""
        return redirect("admin:index")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The front page: numbers that lead to their lists."""
        context = {"tiles": tiles(request), "as_of": moment(request)}
        return super().index(request, context | (extra_context or {}))

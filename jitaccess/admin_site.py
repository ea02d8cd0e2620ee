"""The admin site. It has no sign-in of its own: IAP identifies the person."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from itertools import chain
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from activations.admin.access_policy_deciding import activate_page, reject_page
from activations.admin.access_policy_page import (
    access_policy_page,
    access_policy_version_page,
)
from activations.admin.access_policy_proposing import propose_page
from activations.admin.as_of import moment
from activations.admin.audit_log_page import audit_log_page
from activations.admin.deputy_page import deputy_page
from activations.admin.explain_page import explain_page
from activations.admin.index_page import index_page
from activations.admin.lint_page import lint_page
from activations.admin.overview import overview
from activations.admin.packs_page import download_pack, packs_page
from activations.admin.policy_export import policy_export
from activations.admin.queue_rows import count_waiting
from activations.admin.reports_page import report_page, reports_page
from activations.admin.stop_page import stop_person_page
from activations.admin.tiles import tiles
from activations.domain.rules import Refusal
from certification.pages.tile import campaign_tiles
from certification.pages.urls import PAGES
from jitaccess.doctor.page import doctor

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# Django's passwords, sign-in and helpers for edit forms: this site has none of them.
DROPPED = {
    *("login", "logout", "password_change", "password_change_done"),
    *("autocomplete", "view_on_site", "jsi18n"),
}


def _refuse_nul(request: HttpRequest) -> None:
    """Refuse NUL in filters, which PostgreSQL cannot compare with anything."""
    values = chain(request.GET, *(values for _, values in request.GET.lists()))
    if any("\0" in value for value in values):
        raise Refusal("The address contains a character that cannot be searched for (NUL)")


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
        """Wrap a view: refuse people who may not enter, instead of sending them to a sign-in page."""

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                raise PermissionDenied(
                    "The administration is for reviewers, administrators and auditors."
                )
            _refuse_nul(request)
            return view(request, *args, **kwargs)

        protected = csrf_protect(inner if cacheable else never_cache(inner))
        return cast(View, update_wrapper(protected, view))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        kept = [url for url in super().get_urls() if getattr(url, "name", None) not in DROPPED]
        ours = [
            *self._of_access_policies(),
            path("audit-log/", self.admin_view(audit_log_page), name="audit_log"),
            *self._of_access_reviews(),
            path("deputy/", self.admin_view(deputy_page), name="deputy"),
            path("doctor/", self.admin_view(doctor), name="doctor"),
            path("eligibility-index/", self.admin_view(index_page), name="eligibility_index"),
            path("evidence-packs/", self.admin_view(packs_page), name="evidence_packs"),
            path(
                "access-policy-export/",
                self.admin_view(policy_export),
                name="policy_export",
            ),
            path(
                "evidence-packs/<uuid:key>/download",
                self.admin_view(download_pack),
                name="download_pack",
            ),
            path("explain/", self.admin_view(explain_page), name="explain"),
            path("lint/", self.admin_view(lint_page), name="lint"),
            path("reports/", self.admin_view(reports_page), name="reports"),
            path("reports/<slug:name>/", self.admin_view(report_page), name="report"),
            path("stop-person/", self.admin_view(stop_person_page), name="stop_person"),
        ]
        return [*ours, *kept]

    def _of_access_policies(self) -> list[URLPattern]:
        pages: dict[str, tuple[Callable[..., HttpResponseBase], str]] = {
            "": (access_policy_page, "access_policy"),
            "propose/": (propose_page, "access_policy_propose"),
            "<int:number>/": (access_policy_version_page, "access_policy_version"),
            "<int:number>/activate/": (activate_page, "access_policy_activate"),
            "<int:number>/reject/": (reject_page, "access_policy_reject"),
        }
        return [
            path(f"access-policy/{address}", self.admin_view(page), name=name)
            for address, (page, name) in pages.items()
        ]

    def _of_access_reviews(self) -> list[URLPattern]:
        return [
            path(f"access-reviews/{address}", self.admin_view(page), name=name)
            for address, (page, name) in PAGES.items()
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the context of every page, with the number of requests that wait for this person."""
        return super().each_context(request) | {"reviews_waiting": count_waiting(request)}

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the queue, then the lists in the order of a request's life: request, grant, event, message."""
        apps: list[dict[str, Any]] = super().get_app_list(request, app_label)
        for app in apps:
            for entry in app["models"]:
                ours = self._registry[entry["model"]]
                entry |= {name: getattr(ours, name, "") for name in ("purpose", "position")}
                entry["name"] = getattr(ours, "label", entry["name"])
            app["models"].sort(key=lambda entry: entry["position"])
        return apps

    def app_index(  # type: ignore[override]  # the stubs allow pages only
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Return the front page, because there is only one app."""
        return redirect("admin:index")

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Return the front page: numbers that link to their lists."""
        context = {
            "tiles": [*tiles(request), *campaign_tiles(request)],
            "as_of": moment(request),
            **overview(request),
        }
        return super().index(request, context | (extra_context or {}))

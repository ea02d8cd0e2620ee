"""Where everything is."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("api/", include("activations.api.urls")),
    path("admin/", admin.site.urls),
    path("", include("activations.pages.urls")),
]

handler400 = "jitaccess.errors.bad_request"
handler403 = "jitaccess.errors.not_allowed"
handler404 = "jitaccess.errors.not_found"
handler500 = "jitaccess.errors.server_error"

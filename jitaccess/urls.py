"""Routes of the product.

Five endpoints are middleware, because they must answer without an assertion from IAP:
`/health/alive`, `/health/ready`, `/_ah/warmup` on App Engine and `/cron/<job>`
(jitaccess/open_paths.py), and `/static/` (whitenoise).
`settings.MIDDLEWARE` has their order. Everything below requires a person.
"""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("api/", include("activations.api.urls")),
    path("admin/", admin.site.urls),
    path("", include("activations.pages.urls")),
]

handler400 = handler403 = handler404 = "jitaccess.errors.answer_for"
handler500 = "jitaccess.errors.server_error"

"""The least that Django does: a view that answers a small JSON object, without middleware and database.

`gunicorn bare_django` in this folder; the measure of bench/against_limits.py.
"""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

settings.configure(
    SECRET_KEY="only-for-measuring", ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__
)


def bare(request: HttpRequest, **_: str) -> HttpResponse:  # noqa: ARG001  # the name is Django's
    return JsonResponse({"answer": "x" * 100})


urlpatterns = [path("health/alive", bare), path("api/policy", bare)]
application = get_wsgi_application()

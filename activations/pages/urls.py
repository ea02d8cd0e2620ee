"""Where the self-service pages are."""

from __future__ import annotations

from django.urls import path

from activations.pages.activate import activate
from activations.pages.activity import activity
from activations.pages.projects import projects
from activations.pages.request import one_request
from activations.pages.roles import roles

urlpatterns = [
    path("", roles, name="roles"),
    path("projects", projects, name="projects"),
    path("activate", activate, name="activate"),
    path("requests/<uuid:request_id>", one_request, name="request"),
    path("activity", activity, name="activity"),
]

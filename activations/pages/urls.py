"""The URLs of the self-service pages."""

from __future__ import annotations

from django.urls import path

from activations.pages.access_request import request_access
from activations.pages.activate import activate
from activations.pages.activity import activity
from activations.pages.after_review import after_review
from activations.pages.ask import ask
from activations.pages.decisions import approve, decline, withdraw
from activations.pages.end import end
from activations.pages.end_all import end_all, end_chosen
from activations.pages.explain import explain
from activations.pages.extend import extend
from activations.pages.extend_several import extend_several
from activations.pages.favorites import delete_set, save_set, star
from activations.pages.my_access import my_access
from activations.pages.projects import projects
from activations.pages.request_page import one_request
from activations.pages.reviews import reviews
from activations.pages.roles_page import roles

urlpatterns = [
    path("", my_access, name="my-access"),
    path("projects", projects, name="projects"),
    path("projects/<str:project_id>", roles, name="roles"),
    path("access/request", request_access, name="request-access"),
    path("favorites/star", star, name="star"),
    path("favorites/sets", save_set, name="save-set"),
    path("favorites/sets/delete", delete_set, name="delete-set"),
    path("activate", activate, name="activate"),
    path("ask", ask, name="ask"),
    path("requests/<uuid:request_id>", one_request, name="request"),
    path("requests/<uuid:request_id>/approve", approve, name="approve"),
    path("requests/<uuid:request_id>/decline", decline, name="decline"),
    path("requests/<uuid:request_id>/withdraw", withdraw, name="withdraw"),
    path("requests/<uuid:request_id>/after-review", after_review, name="after-review"),
    path("grants/<uuid:grant_id>/end", end, name="end"),
    path("grants/<uuid:grant_id>/extend", extend, name="extend"),
    path("access/end", end_all, name="end-all"),
    path("access/end/chosen", end_chosen, name="end-chosen"),
    path("access/extend", extend_several, name="extend-several"),
    path("reviews", reviews, name="reviews"),
    path("activity", activity, name="activity"),
    path("explain", explain, name="explain"),
]

"""The page of a group in the admin: its people, and the groups in it, according to the eligibility index."""

from __future__ import annotations

from typing import Any, Protocol

from django.contrib.admin import AdminSite
from django.db.models.options import Options
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import urlencode

from activations.admin.as_of import moment
from eligibility.index.group_content import MOST_MEMBERS, group_content


class EligibilityList(Protocol):
    """The list that the page belongs to."""

    admin_site: AdminSite
    opts: Options[Any]

    def address(self, page: str, *args: object) -> str: ...


def group_page(site: EligibilityList, request: HttpRequest) -> HttpResponse:
    """:raises Http404: when the index does not know the group."""
    email = request.GET.get("email", "").strip().lower()
    content = group_content(email)
    if content is None:
        raise Http404(f"The eligibility index does not contain the group “{email}”.")
    context = {
        **site.admin_site.each_context(request),
        "title": "Group",
        "subtitle": email,
        "opts": site.opts,
        "content": content,
        "most_members": MOST_MEMBERS,
        "as_of": moment(request),
        "people_url": site.address("changelist"),
        "group_url": site.address("group"),
        "roles_url": f"{site.address('changelist')}?{urlencode({'group': email})}",
    }
    return TemplateResponse(request, "admin/eligible_group.html", context)

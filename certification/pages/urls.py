"""Paths below `/admin/access-reviews/`, for the admin site."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponseBase

from certification.pages.campaign import campaign_page
from certification.pages.campaigns import campaigns_page
from certification.pages.closing import close_page
from certification.pages.downloads import download
from certification.pages.item import item_page
from certification.pages.keep import keep_page
from certification.pages.new import new_page
from certification.pages.pack import order_review_pack

PAGES: dict[str, tuple[Callable[..., HttpResponseBase], str]] = {
    "": (campaigns_page, "access_reviews"),
    "new/": (new_page, "access_review_new"),
    "<int:key>/": (campaign_page, "access_review"),
    "<int:key>/items/<int:number>/": (item_page, "access_review_item"),
    "<int:key>/keep/": (keep_page, "access_review_keep"),
    "<int:key>/close/": (close_page, "access_review_close"),
    "<int:key>/pack/": (order_review_pack, "access_review_pack"),
    "<int:key>/download/": (download, "access_review_download"),
}

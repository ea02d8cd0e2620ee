"""The review queue of the admin: creates pending requests, decides them and reads its pages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.utils.html import escape

from activations.domain.states import RequestState
from activations.models import Request, Reviewer
from tests.activations.admin import history
from tests.activations.admin.reading import text
from tests.moments import now

QUEUE = "/admin/activations/queueditem/"
PENDING = {"state": RequestState.PENDING, "activation_type": "MPA"}


def waiting(
    *reviewers: str, of: str = "alice@example.com", role: str = "roles/browser", **facts: Any
) -> Request:
    """Create a request that waits for these reviewers, without a call to Google."""
    asked_at = facts.pop("asked_at", now() - timedelta(minutes=5))
    key = {"role": role, "role_key": f"{Request.objects.count():064d}"}
    row = history.request(
        asked_at,
        email=of,
        **(PENDING | key | {"expires_at": now() + timedelta(minutes=50)} | facts),
    )
    for email in reviewers or ("bob@example.com",):
        Reviewer.objects.create(request=row, email=email, part="peer", asked_at=asked_at)
    return row


def shown(client: Any, view: str = "") -> list[str]:
    """Return the ids of the requests in a part of the queue, in order."""
    response = client.get(QUEUE, {"view": view} if view else {})
    assert response.status_code == 200, response.content
    return re.findall(r'<a href="/admin/activations/queueditem/([^/]+)/change/', text(response))


def record_of(row: Request | str) -> str:
    return f"{QUEUE}{getattr(row, 'pk', row)}/change/"


def decide(client: Any, row: Request | str, verb: str, comment: str = "") -> Any:
    address = f"{QUEUE}{getattr(row, 'pk', row)}/{verb}/"
    return client.post(address, {"comment": comment})


def choose(client: Any, action: str, *keys: Any, address: str = QUEUE, **sent: str) -> Any:
    """Select these rows and press a button above the list."""
    selected = [str(getattr(key, "pk", key)) for key in keys]
    sent_fields = {"action": action, "_selected_action": selected} | sent
    return client.post(address, sent_fields, follow="confirmed" in sent)


def lines(response: Any) -> list[str]:
    """Return the rows of the table on a page, each as one line of text."""
    body = text(response).partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def badge(client: Any) -> str:
    """Return the number beside the link to the reviews, at the top of every page."""
    found = re.search(r">Reviews \((\d+)\)</a>", text(client.get("/admin/")))
    return found[1] if found else ""


def escaped(words: str) -> str:
    return str(escape(words))

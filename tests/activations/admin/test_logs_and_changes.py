"""Links to Logs Explorer, the list of administrator changes, and the events of all downloads."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.contrib import admin
from django.db import transaction

from activations.admin.filters.administration import ADMINISTRATION
from activations.domain.states import GrantState
from activations.evidence.recording import Step, record
from activations.models import Event, EvidencePack, PackChunk, PackState
from activations.reports.catalogue import REPORTS
from certification.models import Campaign
from tests.activations.admin import history
from tests.activations.admin.history import HOUR, NOON
from tests.activations.admin.reading import EVENTS, GRANTS, listed, text
from tests.architecture.repository import ROOT
from tests.moments import now

pytestmark = pytest.mark.one_database


def logs_link(client: Any, grant: Any) -> str:
    page = html.unescape(text(client.get(f"{GRANTS}{grant.pk}/change/")))
    found = re.search(r'href="(https://console[^"]*logs/query[^"]*)"', page)
    return unquote(found[1]) if found else ""


def test_a_grant_links_to_what_its_person_did_while_it_lasted(audrey: Any) -> None:
    ended = history.grant(
        state=GrantState.ENDED, ended_at=NOON + HOUR / 2, renamed_to="al@example.com"
    )
    assert logs_link(audrey, ended).splitlines() == [
        'https://console.cloud.google.com/logs/query;query=logName:"cloudaudit.googleapis.com"',
        'protoPayload.authenticationInfo.principalEmail=("alice@example.com" OR "al@example.com")',
        'timestamp>="2025-03-10T12:00:00.000000Z"',
        'timestamp<="2025-03-10T12:30:00.000000Z"?project=billing-prod',
    ]
    running = history.grant(now(), lasting=timedelta(days=1))
    assert "timestamp>=" in logs_link(audrey, running)
    assert "timestamp<=" not in logs_link(audrey, running)
    assert logs_link(audrey, history.grant(state=GrantState.FAILED)) == ""


def test_administrator_changes_are_a_list_of_their_own(audrey: Any) -> None:
    history.grant()
    with transaction.atomic():
        numbers = {str(record(Step(kind=kind, at=NOON)).sequence) for kind in ADMINISTRATION}
    assert listed(audrey, EVENTS, about="administration") == numbers
    assert listed(audrey, EVENTS) > numbers
    assert f'{EVENTS}?about=administration"' in text(audrey.get("/admin/"))


def ready_pack() -> str:
    moments = {"ordered_at": now(), "ready_at": now(), "delete_after": now() + HOUR}
    days = {"first_day": NOON.date(), "last_day": NOON.date()}
    pack = EvidencePack.objects.create(
        state=PackState.READY, ordered_by="olga@example.com", size=3, attempt=1, **days, **moments
    )
    PackChunk.objects.create(pack=pack, attempt=1, number=0, data=b"zip")
    return str(pack.pk)


def closed_campaign() -> int:
    times = dict.fromkeys(["created_at", "opened_at", "closed_at", "indexed_at"], NOON)
    facts = {"state": "closed", "closed_by": "olga@example.com", "snapshot": "0" * 32}
    return Campaign.objects.create(
        name="Autumn",
        created_by="olga@example.com",
        due_at=NOON + HOUR,
        base_url="x",
        **times,
        **facts,
    ).pk


# Each file that sends downloads, with all addresses that it answers, what is sent, and the kind of the event.
LISTS = ("request", "grant", "afterreview", "event", "eligiblemember")
Download = tuple[Callable[[], str], dict[str, str]]
DOWNLOADS: dict[tuple[str, str], list[Download]] = {
    ("activations/admin/export_page.py", "history.exported"): [
        (lambda name=name: f"/admin/activations/{name}/export/", {"format": form})  # type: ignore[misc]
        for name in LISTS
        for form in ("csv", "jsonl")
    ],
    ("activations/admin/reports_page.py", "history.exported"): [
        (lambda name=name: f"/admin/reports/{name}/", {})  # type: ignore[misc]
        for name in REPORTS
    ],
    ("activations/admin/policy_export.py", "history.exported"): [
        (lambda: "/admin/access-policy-export/", {"format": "csv"})
    ],
    ("activations/admin/packs_page.py", "pack.downloaded"): [
        (lambda: f"/admin/evidence-packs/{ready_pack()}/download", {})
    ],
    ("certification/pages/downloads.py", "campaign.exported"): [
        (lambda: f"/admin/access-reviews/{closed_campaign()}/download/", {"file": file})
        for file in ("decisions", "gcloud", "terraform")
    ],
}


@pytest.mark.parametrize(("module", "kind"), DOWNLOADS, ids=lambda value: value)
def test_every_download_is_an_event_that_names_who(audrey: Any, module: str, kind: str) -> None:
    for address, form in DOWNLOADS[module, kind]:
        where = address()
        before = Event.objects.count()
        response = audrey.post(where, form)
        assert (response.status_code, response.streaming) == (200, True), where
        event = Event.objects.get(sequence=before + 1)
        assert (event.kind, event.actor_email) == (kind, "audrey@example.com"), where
        assert audrey.get(where).get("Content-Disposition") is None, "a GET records nothing"


def test_no_other_module_sends_a_download_and_no_list_is_missing() -> None:
    rooms = ("activations", "certification", "jitaccess", "policies", "eligibility")
    modules = (path for room in rooms for path in (ROOT / room).rglob("*.py"))
    sending = {
        path.relative_to(ROOT).as_posix()
        for path in modules
        if re.search("download_of|Content-Disposition|FileResponse", path.read_text())
    }
    # What makes the answer sends nothing by itself.
    assert sending - {"activations/exports/download.py"} == {module for module, _ in DOWNLOADS}
    exported = {
        model._meta.model_name
        for model, site in admin.site._registry.items()
        if any(str(url.pattern) == "export/" for url in site.get_urls())
    }
    assert exported == set(LISTS)

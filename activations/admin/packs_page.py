"""`/admin/evidence-packs/`: order a pack for a period, see how far it is, and download it for a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from activations.admin.as_of import moment
from activations.domain.periods import PRESETS, Days, preset
from activations.domain.rules import Refusal, check_project
from activations.exports.download import download_of
from activations.models import EvidencePack, JobRun, PackState
from activations.packs.orders import KEPT, OPEN, content, order_of, order_pack
from activations.packs.recording import DOWNLOADED, record_step
from activations.packs.wanted import Wanted
from activations.people.actor import caller_of

PERMISSION = "activations.export_history"
MOST_SHOWN = 50
# The job runs every five minutes.
LATE = timedelta(minutes=16)
CHIPS = {
    PackState.ORDERED: "activation_pending",
    PackState.MAKING: "provisioning",
    PackState.READY: "active",
    PackState.DELETED: "ended",
    PackState.FAILED: "failed",
}


@require_http_methods(["GET", "HEAD", "POST"])
def packs_page(request: HttpRequest) -> HttpResponse:
    """Show the packs and the form; a POST orders one.

    :raises PermissionDenied: for everybody except administrators and auditors.
    """
    _check(request)
    if request.method != "POST":
        return _page(request, request.GET.dict())
    try:
        order_pack(wanted_of(request), caller=caller_of(request), now=moment(request))
    except Refusal as error:
        return _page(request, request.POST.dict() | {"problem": str(error)}, status=400)
    return redirect("admin:evidence_packs")


def wanted_of(request: HttpRequest) -> Wanted:
    """Return what the form asks for.

    :raises Refusal: when it names no period of complete days, or no project.
    """
    form, today = request.POST, moment(request).astimezone(UTC).date()
    days, texts = (
        preset(form.get("period", ""), today=today),
        (form.get("from", ""), form.get("to", "")),
    )
    if days and any(texts):
        raise Refusal("Choose either a period or days, not both")
    if days is None:
        days = Days(_day("first day", texts[0]), _day("last day", texts[1]))
    if days.last < days.first:
        raise Refusal("The last day is before the first")
    project = form.get("project", "").strip()
    return Wanted(days, str(check_project(project)) if project else "")


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"Choose a period, or enter the {name} like 2025-01-31") from None


@require_http_methods(["POST"])
def download_pack(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """Return the file, and record who downloaded it.

    :raises PermissionDenied: for everybody except administrators and auditors.
    :raises Http404: when it is not made yet, or was offered long enough.
    """
    _check(request)
    now = moment(request)
    found = EvidencePack.objects.filter(pk=key, state=PackState.READY, delete_after__gt=now)
    if (pack := found.first()) is None:
        raise Http404("This evidence pack is not there. Order it again.")
    record_step(DOWNLOADED, order_of(pack), actor=caller_of(request), at=now)
    about = f"{pack.first_day}-{pack.last_day}"
    if pack.campaign is not None:
        about = f"access-review-{pack.campaign}"
    name = f"jit-access-evidence-{about}-{str(pack.pk)[:8]}.zip"
    response = download_of(content(pack), name=name, content_type="application/zip")
    response["Content-Length"] = str(pack.size)
    return response


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied("Only administrators and auditors can make evidence packs.")


def _page(request: HttpRequest, form: dict[str, str], *, status: int = 200) -> HttpResponse:
    packs = EvidencePack.objects.order_by("-ordered_at")[:MOST_SHOWN]
    now = moment(request)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Evidence packs",
        "form": form,
        "problem": form.get("problem", "") if status != 200 else "",
        "presets": PRESETS.items(),
        "lines": [
            _line(pack, is_offered=bool(pack.delete_after and pack.delete_after > now))
            for pack in packs
        ],
        "is_late": _is_late(packs, now),
        "is_busy": any(pack.state in OPEN for pack in packs),
        "hours": int(KEPT.total_seconds() // 3600),
        "as_of": now,
    }
    return TemplateResponse(request, "admin/evidence_packs.html", context, status=status)


def _is_late(packs: Iterable[EvidencePack], now: datetime) -> bool:
    """Whether an order waits although its job should have run several times."""
    waits = any(pack.state in OPEN and pack.ordered_at < now - LATE for pack in packs)
    runs = JobRun.objects.filter(name="packs", last_started_at__gt=now - LATE)
    return waits and not runs.exists()


def _line(pack: EvidencePack, *, is_offered: bool) -> dict[str, Any]:
    state = PackState(pack.state)
    if state is PackState.READY and not is_offered:
        state = PackState.DELETED
    return {
        "pack": pack,
        "chip": CHIPS[state],
        "label": state.label,
        "is_offered": state is PackState.READY,
        "address": reverse("admin:download_pack", args=[pack.pk]),
    }

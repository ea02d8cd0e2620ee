"""`/admin/access-reviews/<id>/download/`: the decisions as CSV, and the patch; each download is an event."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_POST

from activations.admin.as_of import moment
from activations.domain.refusals import Moved
from activations.evidence.recording import recording
from activations.exports.csv_lines import csv_lines
from activations.exports.download import download_of
from activations.exports.snapshot import announced, blocks, snapshot
from activations.people.actor import actor_of
from certification.files.decisions import DECISIONS, decision_rows
from certification.files.patch import gcloud_lines, terraform_lines, to_remove
from certification.models import Campaign, CampaignState
from certification.pages.access import check_sees_all, visible_campaign
from certification.services.steps import record_step


@dataclass(frozen=True, slots=True)
class File:
    """A kind of download; `is_patch` needs a closed campaign, because decisions can change before."""

    suffix: str
    content_type: str
    lines: Callable[[Campaign, datetime], Iterator[str]]
    is_patch: bool = False


def _csv(campaign: Campaign, as_of: datetime) -> Iterator[str]:
    rows = decision_rows(campaign.items.all())
    found = announced(rows, count=rows.count())
    return csv_lines(found, layout=DECISIONS, as_of=as_of)


def _gcloud(campaign: Campaign, _: datetime) -> Iterator[str]:
    return gcloud_lines(campaign, to_remove(campaign))


def _terraform(campaign: Campaign, _: datetime) -> Iterator[str]:
    return terraform_lines(to_remove(campaign))


FILES = {
    "decisions": File("decisions.csv", "text/csv; charset=utf-8", _csv),
    "gcloud": File("remove.sh", "text/x-shellscript; charset=utf-8", _gcloud, is_patch=True),
    "terraform": File("remove.json", "application/json", _terraform, is_patch=True),
}


@require_POST
def download(request: HttpRequest, key: int) -> StreamingHttpResponse:
    """Return a file of a campaign.

    :raises PermissionDenied: for everybody except administrators and auditors.
    :raises Moved: when a patch is requested before the campaign is closed.
    :raises Http404: when there is no such file.
    """
    check_sees_all(request)
    campaign = visible_campaign(request, key)
    name = request.POST.get("file", "")
    if name not in FILES:
        raise Http404("There is no such file.")
    file = FILES[name]
    if campaign.state == CampaignState.DRAFT or (
        file.is_patch and campaign.state != CampaignState.CLOSED
    ):
        raise Moved("There is no patch before the campaign is closed")
    with recording():
        record_step("exported", campaign, at=moment(request), actor=actor_of(request), file=name)
    return download_of(
        _stream(file, campaign, moment(request)),
        name=f"access-review-{campaign.pk}-{file.suffix}",
        content_type=file.content_type,
    )


def _stream(file: File, campaign: Campaign, as_of: datetime) -> Generator[bytes]:
    with snapshot():
        yield from blocks(file.lines(campaign, as_of))

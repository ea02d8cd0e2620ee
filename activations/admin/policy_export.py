"""The export of all versions of the access policy, and of what became of each proposal."""

from __future__ import annotations

from collections.abc import Generator

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_http_methods

from activations.admin.as_of import moment
from activations.admin.export_order import ExportOrder, read_order
from activations.domain.chain import timestamp
from activations.evidence.recording import Step, record, recording
from activations.exports.download import download_of
from activations.exports.policy_versions import POLICY_VERSIONS, policy_rows
from activations.exports.snapshot import AT_ONCE, blocks, snapshot
from activations.people.actor import caller_of
from policies.models import PolicyProposal

PERMISSION = "activations.export_history"


@require_http_methods(["POST"])
def policy_export(request: HttpRequest) -> StreamingHttpResponse:
    """Return the file, and record the export.

    :raises PermissionDenied: for everybody except administrators and auditors.
    :raises BadRequest: when the form names no format.
    """
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied("Only administrators and auditors can export access policies.")
    order = read_order(request.POST, now=moment(request))
    schema = POLICY_VERSIONS.schema
    details = {
        "columns": schema,
        "format": order.format.name,
        "rows": PolicyProposal.objects.count(),
        "as_of": timestamp(order.asked_at),
    }
    step = Step(
        kind="history.exported", at=order.asked_at, actor=caller_of(request), details=details
    )
    with recording():
        record(step)
    name = f"jit-access-{schema}-{order.asked_at:%Y%m%dT%H%M%SZ}.{order.format.name}"
    return download_of(_stream(order), name=name, content_type=order.format.content_type)


def _stream(order: ExportOrder) -> Generator[bytes]:
    with snapshot():
        rows = policy_rows(PolicyProposal.objects.all()).iterator(chunk_size=AT_ONCE)
        lines = order.format.lines(rows, layout=POLICY_VERSIONS, as_of=order.asked_at)
        yield from blocks(lines)

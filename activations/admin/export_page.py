"""The page that shows what an export will contain, and the file itself."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

from django.contrib.admin import AdminSite
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.db.models.options import Options
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse

from activations.admin.as_of import forget_moment, moment, set_moment
from activations.admin.export_order import ExportOrder, read_order
from activations.admin.status_filters import Condition
from activations.domain.chain import timestamp
from activations.evidence.recording import Step, record, recording
from activations.exports.columns import Contents, Layout, unchanged
from activations.exports.download import download_of
from activations.exports.formats import FORMATS
from activations.exports.snapshot import announced, blocks, snapshot
from activations.people.actor import caller_of

MOVED = (
    "The history has changed since this page was shown, so nothing was exported. The numbers below"
    " are up to date: check them and export again."
)


class ExportedList(Protocol):
    """A list in the admin whose rows can be exported."""

    export_layout: ClassVar[Layout[Any]]
    # Other files that can be made of the list.
    more_contents: ClassVar[tuple[Contents, ...]]
    outcomes: ClassVar[dict[str, tuple[str, Condition]]]
    # The warning when the rows are not those that the page announced.
    moved: ClassVar[str]
    admin_site: AdminSite
    opts: Options[Any]

    def listed(self, request: HttpRequest) -> ChangeList: ...

    def there_at(self, rows: QuerySet[Any], as_of: datetime) -> QuerySet[Any]: ...

    def count_outcomes(self, rows: QuerySet[Any], as_of: datetime) -> Mapping[str, int]: ...

    def export_rows(self, rows: QuerySet[Any]) -> QuerySet[Any]: ...

    def address(self, page: str, *args: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows that the filters in the URL select, as of a moment."""

    rows: QuerySet[Any]
    words: list[str]
    as_of: datetime
    count: int


def export_page(site: ExportedList, request: HttpRequest) -> HttpResponseBase:
    """Return the page for GET, the file for POST.

    :raises BadRequest: when the URL or the form is not valid.
    """
    if request.method != "POST":
        return _page(site, request)
    order = read_order(request.POST, now=moment(request))
    if order.as_of:
        set_moment(request, order.as_of)
    contents = _contents_of(site, order.contents)
    selection = _selection(site, request)
    if order.count not in {None, selection.count}:
        return _page(site, request, warning=site.moved)
    return _file(contents, request, order, selection)


def _contents(site: ExportedList) -> list[Contents]:
    usual = f"{str(site.opts.verbose_name_plural).capitalize()}: one row for each in the list"
    return [Contents(site.export_layout, usual, site.export_rows), *site.more_contents]


def _contents_of(site: ExportedList, name: str) -> Contents:
    """:raises BadRequest: when the list has no such contents."""
    offered = {contents.layout.name: contents for contents in _contents(site)}
    found = offered.get(name or site.export_layout.name)
    if found is None:
        raise BadRequest(f"Choose the contents: {', '.join(offered)}.")
    return found


def _selection(site: ExportedList, request: HttpRequest) -> Selection:
    try:
        listed = site.listed(request)
    except IncorrectLookupParameters:
        raise BadRequest("The filters in the URL are not valid.") from None
    as_of = moment(request)
    rows = site.there_at(listed.queryset, as_of)
    filters: Any = listed.filter_specs
    words = [one.words for one in filters if one.words]
    if listed.query.strip():
        words.append(f"Search: {listed.query.strip()}")
    return Selection(rows, words, as_of, rows.order_by().count())


def _page(site: ExportedList, request: HttpRequest, *, warning: str = "") -> HttpResponse:
    if warning:
        forget_moment(request)
    selection = _selection(site, request)
    context = {
        **site.admin_site.each_context(request),
        "title": f"Export {site.opts.verbose_name_plural}",
        "opts": site.opts,
        "selection": selection,
        "outcomes": _outcomes(site, selection),
        "as_of": timestamp(selection.as_of),
        "list_address": f"{site.address('changelist')}?{request.GET.urlencode()}".rstrip("?"),
        "formats": FORMATS.values(),
        "contents": _contents(site),
        "warning": warning,
    }
    status = 409 if warning else 200
    return TemplateResponse(request, "admin/activations/export.html", context, status=status)


def _outcomes(site: ExportedList, selection: Selection) -> list[tuple[str, int]]:
    if not site.outcomes:
        return []
    counts = site.count_outcomes(selection.rows, selection.as_of)
    return [(label, counts[key]) for key, (label, _) in site.outcomes.items() if counts[key]]


def _file(
    contents: Contents, request: HttpRequest, order: ExportOrder, selection: Selection
) -> StreamingHttpResponse:
    schema = contents.layout.schema
    _record(schema, request, order, selection)
    stamp = selection.as_of.strftime("%Y%m%dT%H%M%SZ")
    return download_of(
        _stream(contents, order, selection),
        name=f"jit-access-{schema}-{stamp}.{order.format.name}",
        content_type=order.format.content_type,
    )


def _record(schema: str, request: HttpRequest, order: ExportOrder, selection: Selection) -> None:
    details = {
        "columns": schema,
        "filters": request.GET.urlencode(),
        "filters_in_words": selection.words,
        "format": order.format.name,
        "rows": selection.count,
        "as_of": timestamp(selection.as_of),
    }
    step = Step(
        kind="history.exported", at=order.asked_at, actor=caller_of(request), details=details
    )
    with recording():
        record(step)


def _stream(contents: Contents, order: ExportOrder, selection: Selection) -> Generator[bytes]:
    with snapshot():
        layout, as_of = contents.layout, selection.as_of
        rows = contents.read(selection.rows)
        # Other contents are made of more or fewer rows than the page announced.
        is_usual = contents.made is unchanged
        count = selection.count if is_usual else rows.order_by().count()
        made = contents.made(announced(rows, count=count), as_of)
        prepared = layout.prepared(made, as_of)
        yield from blocks(order.format.lines(prepared, layout=layout, as_of=as_of))

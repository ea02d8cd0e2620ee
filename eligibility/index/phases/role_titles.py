"""Reads the titles of the bindings' roles. The index is also served when titles are missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from eligibility.index.position import BEGIN, Done, Write, after, page, token_of
from eligibility.index.reading import text
from eligibility.index.work import Work
from eligibility.index.writing import BATCH
from eligibility.models import IndexedBinding, IndexedRole
from googlecloud.errors import GoogleCloudError, Invalid, QuotaExceeded, Unavailable
from googlecloud.iam_roles import Role

# Titles change rarely.
READ_AGAIN = timedelta(days=1)
_PREDEFINED = "roles/"
_CUSTOM = "custom"
_LONGEST_TITLE = 255


def step(work: Work, position: str) -> Write:
    last = after(position, _CUSTOM)
    if last is not None:
        return _custom_role(work, last)
    if position == BEGIN and not _due(work).filter(role__startswith=_PREDEFINED).exists():
        return lambda: Done(f"{_CUSTOM}:")
    return _predefined_roles(work, position)


def _predefined_roles(work: Work, position: str) -> Write:
    try:
        found = work.sources.cloud.iam_roles.predefined_page(token=token_of(position))
    except Invalid as error:
        if not token_of(position):
            return _failed(error)
        return lambda: Done(BEGIN)  # the token has expired; titles that are stored are not due
    except GoogleCloudError as error:
        return _failed(error)

    def write() -> Done:
        names = [text(role.name) for role in found.items]
        bound = set(_bound(work).filter(role__in=names).values_list("role", flat=True))
        titled = [role for role in found.items if role.name in bound]
        _store(titled, now=work.sources.clock())
        if not found.next_token:
            _note_unlisted(work)
        return Done(page(found.next_token) or f"{_CUSTOM}:", {"roles": len(titled)})

    return write


def _failed(error: GoogleCloudError) -> Write:
    warning = f"The titles of roles could not be read: {error}"
    return lambda: Done(f"{_CUSTOM}:", warnings=(warning,))


def _custom_role(work: Work, last: str) -> Write:
    """Read one custom role; those that cannot be read have no title."""
    custom = _due(work).exclude(role__startswith=_PREDEFINED).filter(role__gt=last)
    name = custom.order_by("role").values_list("role", flat=True).first()
    if name is None:
        return lambda: Done(None)
    try:
        role = work.sources.cloud.iam_roles.custom(name)
    except (QuotaExceeded, Unavailable) as error:
        warning = f"The titles of custom roles could not be read: {error}"
        return lambda: Done(None, warnings=(warning,))
    except GoogleCloudError:
        role = Role(name, "", "", "")

    def write() -> Done:
        _store([role], now=work.sources.clock())
        return Done(f"{_CUSTOM}:{name}", {"roles": 1})

    return write


def _bound(work: Work) -> QuerySet[IndexedBinding]:
    return IndexedBinding.objects.filter(refresh=work.refresh)


def _due(work: Work) -> QuerySet[IndexedBinding]:
    """Return bindings of roles whose titles are unknown or old."""
    recent = IndexedRole.objects.filter(
        role=OuterRef("role"),
        seen_at__gt=work.refresh.started_at - READ_AGAIN,
        seen_at__lte=work.sources.clock(),  # a later time comes from a wrong clock
    )
    return _bound(work).exclude(Exists(recent))


def _note_unlisted(work: Work) -> None:
    """Remember which predefined roles IAM does not list, so that the next refresh does not ask again."""
    now = work.sources.clock()
    names = list(
        _due(work)
        .filter(role__startswith=_PREDEFINED)
        .values_list("role", flat=True)
        .distinct()[:BATCH]
    )
    IndexedRole.objects.filter(role__in=names).update(seen_at=now)
    new = [IndexedRole(role=name, seen_at=now) for name in names]
    IndexedRole.objects.bulk_create(new, ignore_conflicts=True)


def _store(roles: Iterable[Role], *, now: datetime) -> None:
    rows: Sequence[IndexedRole] = [
        IndexedRole(
            role=role.name,
            title=text(role.title, _LONGEST_TITLE),
            description=text(role.description),
            stage=text(role.stage, 32),
            seen_at=now,
        )
        for role in roles
    ]
    IndexedRole.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["role"],
        update_fields=["title", "description", "stage", "seen_at"],
    )

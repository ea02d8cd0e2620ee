"""Reads people's access from the records, with one query for all grants of a page."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Q

from activations.domain.access import Access, GrantFact, access_by
from activations.domain.states import GrantState
from activations.models import Grant, Request, User
from eligibility.compiled import Compiled, some_person
from eligibility.entitlements import ProjectRole

OPEN = (GrantState.ACTIVE, GrantState.PROVISIONING)
# The account (see `_holder`), and the key of project, role and resource condition.
Key = tuple[str, str]
NOT_HELD = Access()


# A person has few grants that are open or scheduled.
_STANDING = Compiled(
    lambda: Grant.objects.of(some_person()).filter(state__in=(*OPEN, GrantState.SCHEDULED))
)


class Accesses:
    """The access of people to roles at one moment."""

    def __init__(self, found: Mapping[Key, Access]) -> None:
        self._found = found

    def of(self, grant: Grant) -> Access:
        """Return the access that this grant belongs to."""
        return self._found.get(_key(grant), NOT_HELD)

    def of_request(self, request: Request) -> Access:
        """Return the access to the role that the request asks approval for."""
        return self._found.get((_holder(request), request.role_key), NOT_HELD)

    @property
    def ends(self) -> list[datetime]:
        """The end times of all access that is held."""
        return [one.until for one in self._found.values() if one.until]

    @property
    def request_ids(self) -> set[uuid.UUID]:
        """The requests that give the access for longest."""
        return {one.request_id for one in self._found.values() if one.request_id}


def accesses(
    *, grants: Iterable[Grant] = (), requests: Iterable[Request] = (), now: datetime
) -> Accesses:
    """Return the access of each row's person to its role, with one query for all rows."""
    wanted = [(grant.request, grant.role_key) for grant in grants]
    wanted += [(row, row.role_key) for row in requests if row.role_key]
    if not wanted:
        return Accesses({})
    people = {row.beneficiary_id for row, _ in wanted if row.beneficiary_id}
    unknown = {row.beneficiary_email for row, _ in wanted if row.beneficiary_id is None}
    whose = Q(request__beneficiary__in=people) | Q(
        request__beneficiary=None, beneficiary_email__in=unknown
    )
    rows = Grant.objects.filter(
        whose, state__in=OPEN, role_key__in={role_key for _, role_key in wanted}
    ).select_related("request")
    return Accesses(_by_access(rows, now))


def accesses_of_requests(requests: Iterable[Request], *, now: datetime) -> Accesses:
    """Return the access to the roles of these requests, whose grants must be prefetched."""
    rows = list(requests)
    return accesses(
        grants=[grant for row in rows for grant in row.grants.all()], requests=rows, now=now
    )


def accesses_of_person(
    user: User, *, now: datetime, project_id: str = ""
) -> dict[ProjectRole, Access]:
    """Return a person's access by role, on one or on all projects, also unconfirmed and scheduled access."""
    facts: dict[ProjectRole, list[GrantFact]] = defaultdict(list)
    for grant in _STANDING.rows(person=user.pk):
        if project_id in {"", grant.project_id}:
            facts[grant.project_role].append(fact_of(grant))
    return {role: access_by(found, now=now) for role, found in facts.items()}


def access_of(grant: Grant, *, now: datetime) -> Access:
    return accesses(grants=[grant], now=now).of(grant)


def held_by(user: User, *, now: datetime, project_id: str = "") -> list[list[Grant]]:
    """Return a person's running grants, grouped by access. Each group starts with the longest one."""
    running = Grant.objects.of(user).filter(state=GrantState.ACTIVE).select_related("request")
    if project_id:
        running = running.filter(project_id=project_id)
    groups: dict[Key, list[Grant]] = defaultdict(list)
    for grant in running:
        if grant.access_end > now:
            groups[_key(grant)].append(grant)
    ordered = (sorted(group, key=_longest, reverse=True) for group in groups.values())
    return sorted(ordered, key=lambda group: (group[0].project_id, group[0].project_role.id))


def _by_access(rows: Iterable[Grant], now: datetime) -> dict[Key, Access]:
    facts: dict[Key, list[GrantFact]] = defaultdict(list)
    for grant in rows:
        facts[_key(grant)].append(fact_of(grant))
    return {key: access_by(found, now=now) for key, found in facts.items()}


def fact_of(grant: Grant) -> GrantFact:
    return GrantFact(
        grant_id=grant.pk,
        request_id=grant.request_id,
        state=GrantState(grant.state),
        start=grant.start_time,
        until=grant.access_end,
        end=grant.end_time,
        is_ending=grant.ending_asked_at is not None,
    )


def _key(grant: Grant) -> Key:
    return (_holder(grant.request), grant.role_key)


def _holder(request: Request) -> str:
    """Return the account; for adopted access of an unknown account, the address."""
    person = request.beneficiary_id
    return request.beneficiary_email if person is None else f"#{person}"


def _longest(grant: Grant) -> tuple[datetime, datetime, datetime]:
    return fact_of(grant).lasting

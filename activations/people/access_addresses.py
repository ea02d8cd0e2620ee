"""Which grants are one access of a person, and under which addresses IAM may show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from activations.models import Address, Grant, User
from activations.people.addresses import owner_rows
from eligibility.compiled import Compiled, some_person


def grants_of_access(grant: Grant) -> QuerySet[Grant]:
    """Return all grants of the same person, role, resource condition and project.

    Includes access adopted under one of the person's addresses that nobody else has had.
    """
    person, email = grant.request.beneficiary, grant.beneficiary_email
    if person is not None:
        return grants_of_person(person, email=email, role_keys=[grant.role_key])
    return Grant.objects.filter(_adopted(email), role_key=grant.role_key)


def grants_of_person(person: User, *, email: str, role_keys: Collection[str]) -> QuerySet[Grant]:
    """Return the same for several roles of a known person, whose address was `email`."""
    mine = _adopted(email) & ~Q(beneficiary_email__in=_of_others(person))
    return Grant.objects.filter(Q(request__beneficiary=person) | mine, role_key__in=role_keys)


def _adopted(email: str) -> Q:
    return Q(request__beneficiary=None, beneficiary_email=email)


def _of_others(person: User) -> QuerySet[Address, str]:
    return Address.objects.exclude(person=person).values_list("email", flat=True)


def binding_addresses(grants: Iterable[Grant]) -> dict[UUID, tuple[str, ...]]:
    """Return, for each grant, the addresses under which IAM may show its binding.

    New bindings use the first one. Addresses that belong to another person now are omitted. Needs two
    queries for any number of grants.
    """
    rows = list(grants)
    had = _had({row.request.beneficiary_id for row in rows} - {None})
    candidates = {row.pk: _candidates(row, had) for row in rows}
    found = {email for emails in candidates.values() for email in emails}
    owners = {row.email: row.person_id for row in owner_rows(found)}
    return {
        row.pk: tuple(
            email
            for email in candidates[row.pk]
            if row.request.beneficiary_id is None
            or owners.get(email, row.request.beneficiary_id) == row.request.beneficiary_id
        )
        for row in rows
    }


def _had(people: Iterable[int | None]) -> dict[int, list[str]]:
    """Return the addresses of each person, the current one first."""
    found: dict[int, list[str]] = defaultdict(list)
    wanted = list(people)
    if len(wanted) == 1:
        rows = _ADDRESSES.rows(person=wanted[0])
    else:
        rows = list(_addresses().filter(person__in=wanted))
    for row in sorted(rows, key=lambda row: row.until is not None):
        found[row.person_id].append(row.email)
    return found


def _addresses() -> QuerySet[Address]:
    return Address.objects.order_by("-until", "-since")


_ADDRESSES = Compiled(lambda: _addresses().filter(person=some_person()))


def _candidates(grant: Grant, had: dict[int, list[str]]) -> list[str]:
    person = grant.request.beneficiary_id
    known = had.get(person, []) if person else []
    # Addresses from IAP's assertions are newer than the address under which IAM showed the binding.
    unseen = [] if grant.renamed_to in known else [grant.renamed_to]
    return list(dict.fromkeys(filter(None, [*unseen, *known, grant.beneficiary_email])))

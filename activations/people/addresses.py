"""Records which person owns an address, according to IAP's newest assertion.

A person is a Google account (IAP's `sub`). An address belongs to at most one person at a time.
Decisions lock the owner's row. Former addresses of a person only match records and the bindings that
JIT Access wrote.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from activations.domain.refusals import Moved, NotAllowed
from activations.evidence.recording import Step, record, reviewer_changes
from activations.models import Absence, Address, Grant, Request, Reviewer, User
from eligibility.compiled import Compiled, CompiledIn, some_person

# A row is written at most this often for each person.
RESOLUTION = timedelta(seconds=30)


class OutdatedAssertion(NotAllowed):
    """The address belongs to another account, according to a newer assertion of IAP."""


def show_address(person: User, email: str, *, asserted_at: datetime, now: datetime) -> None:
    """Record IAP's assertion that this person owns this address. Call it in `recording()`.

    The address moves from another person only when this assertion is newer.

    :raises OutdatedAssertion: when the other person's assertion is newer.
    """
    row = (
        Address.objects.select_for_update()
        .select_related("person")
        .filter(email=email, until=None)
        .first()
    )
    if row and row.person_id == person.pk:
        if asserted_at - row.asserted_at > RESOLUTION:
            Address.objects.filter(pk=row.pk).update(asserted_at=asserted_at)
        return
    if row:
        if asserted_at <= row.asserted_at:
            raise OutdatedAssertion(
                f"The address {email} belongs to another account now. Sign in again"
            )
        # Reviewers asked under this address were this owner, even if version 0.1.0 did not record it.
        _bind_reviewers(row.person, email, now=now)
        _close(row, now)
    for former in Address.objects.select_for_update().filter(person=person, until=None):
        _bind_reviewers(person, former.email, now=now)
        _close(former, now)
    Address.objects.create(person=person, email=email, since=now, asserted_at=asserted_at)
    _bind_reviewers(person, email, now=now)


def renew_assertion(person: User, issued_at: datetime) -> bool:
    """Record a newer assertion of the owner. Return False when another person owns the address now."""
    owned = Address.objects.filter(person=person, email=person.email, until=None)
    newer = owned.filter(asserted_at__lt=issued_at)
    return bool(newer.update(asserted_at=issued_at)) or owned.exists()


def _close(row: Address, now: datetime) -> None:
    Address.objects.filter(pk=row.pk, until=None).update(until=max(now, row.since))


def _bind_reviewers(person: User, email: str, *, now: datetime) -> None:
    """Bind reviewers and deputies that were named by address alone to the first person who signs in with it."""
    for asked in Reviewer.objects.filter(user=None, email=email).select_related("request"):
        if Reviewer.objects.filter(pk=asked.pk, user=None).update(user=person):
            rows = reviewer_changes(asked, user=person)
            record(Step(kind="reviewer.recognised", at=now, request=asked.request, rows=rows))
    Absence.objects.filter(deputy=None, deputy_email=email).update(deputy=person)


def only_owner_of(email: str) -> User | None:
    """Return the owner of this address; None when several people have had it."""
    if Address.objects.filter(email=email).exclude(until=None).exists():
        return None
    return owners_of([email]).get(email)


def owners_of(emails: Iterable[str]) -> dict[str, User]:
    """Return the owners by address.

    Version 0.1.0, which may run beside this one, does not write Address rows. A person whom it created
    owns their address when no other person has it.
    """
    wanted = set(emails)
    owners = {row.email: row.person for row in owner_rows(wanted)}
    if not wanted - owners.keys():
        return owners
    unclaimed = User.objects.filter(email__in=wanted - owners.keys(), addresses=None)
    found: dict[str, list[User]] = defaultdict(list)
    for user in unclaimed:
        found[user.email].append(user)
    return owners | {email: users[0] for email, users in found.items() if len(users) == 1}


def owner_rows(emails: Collection[str]) -> list[Address]:
    """Return the rows that say who owns these addresses now, each with the person."""
    return _OWNERS.rows(emails)


_OWNERS = CompiledIn(
    lambda emails: Address.objects.select_related("person").filter(email__in=emails, until=None)
)


def current_addresses(reviewers: Iterable[Reviewer]) -> list[str]:
    """Return the present addresses of these reviewers, or the recorded ones of unknown accounts.

    Omits reviewers whose address belongs to another account now.
    """
    rows = list(reviewers)
    owned = Address.objects.filter(person__in={row.user_id for row in rows} - {None}, until=None)
    current = dict(owned.values_list("person", "email"))
    taken = owners_of({row.email for row in rows})
    found = []
    for row in rows:
        known = current.get(row.user_id) if row.user_id else None
        owner = taken.get(row.email)
        is_lost = row.user_id is not None and owner is not None and owner.pk != row.user_id
        found.append(known or ("" if is_lost else row.email))
    return [email for email in found if email]


def known_people(emails: Iterable[str]) -> dict[str, set[int]]:
    """Return, by address, the accounts that have or had it."""
    wanted = set(emails)
    found: dict[str, set[int]] = defaultdict(set)
    if not wanted:
        return {}
    rows = Address.objects.filter(email__in=wanted).values_list("email", "person")
    users = User.objects.filter(email__in=wanted).values_list("email", "pk")
    for email, person in (*rows, *users):
        found[email].add(person)
    return found


def is_owner(person: User) -> bool:
    """Return whether this person still owns the address of their last assertion."""
    return owners_of([person.email]).get(person.email) == person


def is_taken(person: User) -> bool:
    """Return whether the address of this person's last assertion belongs to another account now."""
    return bool(_TAKEN.rows(person=person.pk, email=person.email))


def _taken(person: User) -> QuerySet[Address, tuple[int]]:
    others = Address.objects.filter(email=person.email, until=None).exclude(person=person)
    return others.values_list("pk")


_TAKEN = Compiled(lambda: _taken(some_person()))


def reached_at(person: User) -> str:
    """Return this person's address; '' when it belongs to another account now."""
    return "" if is_taken(person) else person.email


def lock_address(person: User, *, refusal: str) -> None:
    """Lock a person's address until the end of the transaction of a decision.

    For a person whom only version 0.1.0 has recorded, create the row that the migration would create.

    :raises Moved: with the text `refusal`, when this person no longer owns it.
    """
    if _LOCKED.first(person=person.pk, email=person.email):
        return
    if not is_owner(person):
        raise Moved(refusal)
    try:
        with transaction.atomic():
            Address.objects.create(
                person=person,
                email=person.email,
                since=person.first_seen,
                asserted_at=person.last_seen,
            )
    except IntegrityError as error:
        raise Moved(refusal) from error


def _own_address() -> QuerySet[Address]:
    person = some_person()
    return Address.objects.filter(person=person, email=person.email, until=None)


_LOCKED = Compiled(lambda: _own_address().select_for_update())


def known_addresses(person: User) -> QuerySet[Address, str]:
    """Return all addresses that this person has or had, for comparisons in the database."""
    return Address.objects.filter(person=person).values_list("email", flat=True)


def renamed_in_iam(person: User) -> str:
    """Return the address under which IAM shows this person's access, if IAP has not asserted it yet."""
    ((found,),) = _UNSEEN.rows(person=person.pk) or [("",)]
    return found


def _unseen(person: User) -> QuerySet[Grant, tuple[str]]:
    renamed = Grant.objects.of(person).filter(ended_at=None).exclude(renamed_to="")
    unseen = renamed.exclude(renamed_to__in=known_addresses(person))
    return unseen.order_by("pk").values_list("renamed_to")


_UNSEEN = Compiled(lambda: _unseen(some_person())[:1])


def concerns(person: User, prefix: str = "") -> Q:
    """Match requests that this person must not review: their own, by account or by any address."""
    return (
        Q(**{f"{prefix}beneficiary": person})
        | Q(**{f"{prefix}beneficiary_email__in": known_addresses(person)})
        | Q(**{f"{prefix}beneficiary_email": person.email})
    )


def is_concerned(request: Request, person: User) -> bool:
    """Return whether this person must not review this request; see :func:`concerns`."""
    if request.beneficiary_id == person.pk or request.beneficiary_email == person.email:
        return True
    return known_addresses(person).filter(email=request.beneficiary_email).exists()

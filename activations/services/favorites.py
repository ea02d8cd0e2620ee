"""What people keep on top of their list: starred roles, sets of roles with a name, and recent roles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from activations.domain.rules import Refusal
from activations.domain.text import folded, is_unprintable, normalised
from activations.models import Favorite, Request, User
from eligibility.entitlements import ProjectRole

MOST_STARRED = 100
MOST_SETS = 20
MOST_IN_A_SET = 50
LONGEST_NAME = 60
RECENT_REQUESTS = 15
MOST_RECENT = 8


@dataclass(frozen=True, slots=True)
class Favorites:
    """Ids of starred roles, and of the roles of each set by its name. They may no longer be eligible."""

    starred: tuple[str, ...]
    sets: Mapping[str, tuple[str, ...]]


def favorites_of(user: User) -> Favorites:
    """Return a person's favorites. Takes one query."""
    sets: dict[str, list[str]] = defaultdict(list)
    for name, role_id in user.favorites.order_by("set_name", "pk").values_list(
        "set_name", "role_id"
    ):
        sets[name].append(role_id)
    starred = tuple(sets.pop("", ()))
    return Favorites(starred, {name: tuple(found) for name, found in sets.items()})


def star(*, user: User, role_id: str) -> None:
    """Star a role; does nothing if it is starred.

    :raises InvalidProjectRoleId: when the text is not the id of a role.
    :raises Refusal: when too many are starred.
    """
    role = ProjectRole.parse(role_id)
    if user.favorites.filter(set_name="").exclude(role_key=role.key).count() >= MOST_STARRED:
        raise Refusal(f"You can star at most {MOST_STARRED} roles. Remove another star first")
    Favorite.objects.bulk_create([Favorite.of(user, role)], ignore_conflicts=True)


def unstar(*, user: User, role_id: str) -> None:
    """Remove the star of a role; does nothing if it has none.

    :raises InvalidProjectRoleId: when the text is not the id of a role.
    """
    user.favorites.filter(set_name="", role_key=ProjectRole.parse(role_id).key).delete()


def save_set(*, user: User, name: str, role_ids: Sequence[str]) -> str:
    """Save roles under a name, instead of what the name held before; return the name.

    :raises InvalidProjectRoleId: when a text is not the id of a role.
    :raises Refusal: when the name is missing or too long, or there are no roles or too many.
    """
    name = _checked_name(name)
    roles = sorted({ProjectRole.parse(role_id) for role_id in role_ids})
    if not 0 < len(roles) <= MOST_IN_A_SET:
        raise Refusal(f"A set contains 1 to {MOST_IN_A_SET} roles, not {len(roles)}")
    others = user.favorites.exclude(set_name__in=["", name]).values("set_name").distinct()
    if others.count() >= MOST_SETS:
        raise Refusal(f"You can save at most {MOST_SETS} sets. Delete another one first")
    with transaction.atomic():
        user.favorites.filter(set_name=name).delete()
        Favorite.objects.bulk_create(
            [Favorite.of(user, role, set_name=name) for role in roles], ignore_conflicts=True
        )
    return name


def delete_set(*, user: User, name: str) -> None:
    """Delete a set; does nothing if there is none."""
    # PostgreSQL refuses to compare with NUL, which no name contains.
    if name and "\0" not in name:
        user.favorites.filter(set_name=name).delete()


def recent_requests(user: User) -> Sequence[Request]:
    """Return a person's latest requests with their grants, newest first. Takes two queries."""
    found = Request.objects.of(user).prefetch_related("grants")
    return list(found.order_by("-requested_at", "-id")[:RECENT_REQUESTS])


def recent_roles(requests: Sequence[Request]) -> tuple[str, ...]:
    """Return the ids of the roles that these requests asked for, each once, in their order."""
    ids: dict[str, None] = {}
    for request in requests:
        granted = sorted(grant.project_role for grant in request.grants.all())
        asked = granted or ([request.project_role] if request.role else [])
        ids |= dict.fromkeys(role.id for role in asked)
    return tuple(ids)[:MOST_RECENT]


def _checked_name(text: str) -> str:
    name = folded(normalised(text)).strip()
    if not name:
        raise Refusal("Enter a name for the set")
    if len(name) > LONGEST_NAME or any(is_unprintable(letter) for letter in name):
        raise Refusal(f"The name must have at most {LONGEST_NAME} printable characters")
    return name

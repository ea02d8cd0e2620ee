"""Fill the eligibility index of an organization: python bench/seed_eligibility.py.

Uses DATABASE_URL after bench/seed_history.py, with whose people, projects and roles some of the rows agree.
30,000 bindings with two members each on 5,000 projects and 500 folders; 1,000 groups of 30 members, some nested.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

django.setup()

from django.db import connection, transaction  # noqa: E402  # Django first

from eligibility.models import (  # noqa: E402  # Django first
    IndexedBinding,
    IndexedFolder,
    IndexedGroup,
    IndexedGroupMember,
    IndexedMember,
    IndexedNode,
    IndexedProject,
    IndexedRole,
    Refresh,
)

PROJECTS, FOLDERS, BINDINGS, GROUPS, PEOPLE, GROUP_SIZE = 5000, 500, 30_000, 1000, 3000, 30
ROLES = ["roles/compute.admin", "roles/storage.admin", "roles/bigquery.admin", "roles/browser"]
ROLES += [f"roles/service{number}.admin" for number in range(16)]
TYPES = {"JIT": "has({}.jitAccessConstraint)", "MPA": "has({}.multiPartyApprovalConstraint)"}
ORGANIZATION = "organizations/7"


def main() -> None:
    chance = random.Random(7)
    now = datetime.now(UTC)
    with transaction.atomic():
        refresh = Refresh.objects.create(
            status=Refresh.Status.COMPLETE, started_at=now, ended_at=now, projects=PROJECTS
        )
        _places(refresh)
        _groups(chance, now)
        _bindings(chance, refresh)
        roles = (IndexedRole(role=role, title=f"Title of {role}", seen_at=now) for role in ROLES)
        IndexedRole.objects.bulk_create(roles, ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _places(refresh: Refresh) -> None:
    """Write folders in folders of the organization, and ten projects in each."""
    folders = [f"folders/{number}" for number in range(FOLDERS)]
    names = [*folders, ORGANIZATION]
    IndexedFolder.objects.bulk_create(
        IndexedFolder(refresh=refresh, node=node, name=f"Name of {node}") for node in names
    )
    projects = IndexedProject.objects.bulk_create(
        IndexedProject(
            refresh=refresh,
            project_id=f"project-{number}",
            number=str(10**11 + number),
            name=f"Project {number}",
            is_offered=True,
        )
        for number in range(PROJECTS)
    )
    IndexedNode.objects.bulk_create(
        [
            IndexedNode(refresh=refresh, project=project, node=node)
            for number, project in enumerate(projects)
            for node in _above(project.project_id, number % FOLDERS)
        ],
        batch_size=5000,
    )


def _above(project_id: str, folder: int) -> list[str]:
    outer = [f"folders/{folder // 10}"] if folder >= 10 else []
    return [f"projects/{project_id}", f"folders/{folder}", *outer, ORGANIZATION]


def _groups(chance: random.Random, now: datetime) -> None:
    groups = IndexedGroup.objects.bulk_create(
        IndexedGroup(email=f"group{number}@example.com", read_at=now) for number in range(GROUPS)
    )
    people = [
        IndexedGroupMember(group=group, email=f"person{number}@example.com", type="USER")
        for group in groups
        for number in chance.sample(range(PEOPLE), GROUP_SIZE)
    ]
    nested = [
        IndexedGroupMember(group=group, email=f"group{number // 3}@example.com", type="GROUP")
        for number, group in enumerate(groups)
        if number % 5 == 0 and number
    ]
    IndexedGroupMember.objects.bulk_create(people + nested, batch_size=5000)


def _bindings(chance: random.Random, refresh: Refresh) -> None:
    bindings = IndexedBinding.objects.bulk_create(
        [_binding(chance, refresh) for _ in range(BINDINGS)], batch_size=2000
    )
    members = [
        IndexedMember(refresh=refresh, binding=binding, member=member)
        for binding in bindings
        for member in (
            f"user:person{chance.randrange(PEOPLE)}@example.com",
            f"group:group{chance.randrange(GROUPS)}@example.com",
        )
    ]
    IndexedMember.objects.bulk_create(members, batch_size=5000)


def _binding(chance: random.Random, refresh: Refresh) -> IndexedBinding:
    where = chance.random()
    node = f"projects/project-{chance.randrange(PROJECTS)}"
    if where < 0.2:
        node = ORGANIZATION if where < 0.01 else f"folders/{chance.randrange(FOLDERS)}"
    kind = chance.choice(list(TYPES))
    return IndexedBinding(
        refresh=refresh,
        node=node,
        role=chance.choice(ROLES),
        expression=TYPES[kind],
        activation_type=kind,
    )


if __name__ == "__main__":
    main()

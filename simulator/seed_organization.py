"""A large organization with folders, nested groups and eligible bindings, to measure the eligibility index."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from simulator.company import Company

TEAMS = ("ads", "billing", "crm", "data", "edge", "fraud", "games", "hr", "iot", "jobs")
STAGES = ("dev", "test", "staging", "prod")
SERVICES = ("compute", "storage", "pubsub", "bigquery", "container", "run", "cloudsql", "logging")
LEVELS = ("admin", "viewer", "editor", "operator", "developer")
ROLES = tuple(f"roles/{service}.{level}" for service in SERVICES for level in LEVELS)
CUSTOM_ROLES = tuple(f"organizations/7/roles/custom{number}" for number in range(5))

PROJECTS_PER_FOLDER = 20
FOLDERS_PER_FOLDER = 10
# How many of all groups are on each level, from the top; each one is in a group of the level above.
GROUP_LEVELS = (0.01, 0.05, 0.24, 0.70)
GROUP_WEIGHTS = (1, 4, 15, 80)
# What bindings are attached to: projects, then folders from the lowest level to the top.
NODE_WEIGHTS = (90, 8.5, 1.3, 0.2)
PLAIN_BINDINGS = 4
BINDINGS_ON_THE_ORGANIZATION = 5

JIT = "has({}.jitAccessConstraint)"
MPA = "has({}.multiPartyApprovalConstraint)"
NEAR_MISSES = ("has({}.jitAccesConstraint)", f"{JIT} || true", "has({}.jitaccessconstraint)")


def organization(projects: int = 50_000, seed: str = "organization") -> Company:
    """Return a company of this many projects, 2/5 as many people, 1/10 groups, 3/5 eligible bindings.

    The same size and seed give the same company. 1/20 of the eligible bindings are near misses in addition.
    """
    chance = random.Random(f"{seed}:{projects}")  # noqa: S311  # a simulated company
    company = Company()
    nodes = _add_resources(company, chance, projects)
    people = [f"person{number:05d}@example.com" for number in range(projects * 2 // 5)]
    for person in people:
        company.add_user(person)
    levels = _add_groups(company, chance, projects // 10)
    _join(company, chance, people, levels)
    eligible = projects * 3 // 5
    for number in range(eligible + eligible // 20):
        expression = chance.choice(NEAR_MISSES) if number >= eligible else _eligible(chance)
        node = company.organization
        if number >= BINDINGS_ON_THE_ORGANIZATION:
            node = chance.choice(chance.choices(nodes, NODE_WEIGHTS)[0])
        members = _members(chance, people, levels, small=node == company.organization)
        role = chance.choice(CUSTOM_ROLES if chance.random() < 0.02 else ROLES)
        company.bind(node, role, members, expression, title=f"Eligible {number % 7}")
    return company


def _add_resources(company: Company, chance: random.Random, projects: int) -> list[Sequence[str]]:
    """Add folders and projects; return the names of projects, then of folders from the lowest level up."""
    lowest = max(1, projects // PROJECTS_PER_FOLDER)
    counts = [lowest]
    while len(counts) < len(NODE_WEIGHTS) - 1:
        counts.append(max(1, counts[-1] // FOLDERS_PER_FOLDER))
    above: Sequence[str] = (company.organization,)
    levels: list[Sequence[str]] = []
    for depth, count in enumerate(reversed(counts), start=1):
        numbers = [f"{depth}{number:06d}" for number in range(count)]
        for index, number in enumerate(numbers):
            company.add_folder(number, parent=above[index % len(above)])
        above = [f"folders/{number}" for number in numbers]
        levels.insert(0, above)
    names = []
    for index in range(projects):
        team, stage = TEAMS[index % len(TEAMS)], STAGES[index // len(TEAMS) % len(STAGES)]
        name = f"{team}-{index:05d}-{stage}"
        company.add_project(
            name,
            parent=above[index % len(above)],
            display_name=f"{team.capitalize()} {index} ({stage})",
        )
        for binding in range(PLAIN_BINDINGS):
            account = f"serviceAccount:sa{binding}@{name}.iam.gserviceaccount.com"
            company.bind(name, chance.choice(ROLES), [account])
        names.append(f"projects/{name}")
    return [names, *levels]


def _add_groups(company: Company, chance: random.Random, groups: int) -> list[list[str]]:
    """Add groups in four levels, from the top; return their addresses by level."""
    levels: list[list[str]] = []
    for depth, share in enumerate(GROUP_LEVELS):
        names = [f"group{depth}-{n:05d}@example.com" for n in range(max(1, round(groups * share)))]
        for name in names:
            company.add_group(name)
            for above in _some(chance, levels[-1], at_most=2) if levels else ():
                company.join(above, name)
        levels.append(names)
    return levels


def _join(
    company: Company, chance: random.Random, people: Sequence[str], levels: Sequence[Sequence[str]]
) -> None:
    """Make everybody a member of some of the lowest groups, and a few of a higher one."""
    for person in people:
        for group in _some(chance, levels[-1], at_most=5):
            company.join(group, person)
        if chance.random() < 0.05:
            company.join(chance.choice(levels[-2]), person)


def _eligible(chance: random.Random) -> str:
    """Return a condition that makes a role eligible, sometimes for a resource or a time only."""
    marker = JIT if chance.random() < 0.6 else MPA
    kind = chance.random()
    if kind < 0.1:
        bucket = chance.randrange(200)
        return f'{marker} && resource.name.startsWith("projects/_/buckets/b{bucket}")'
    if kind < 0.13:
        year = chance.choice((2020, 2090))
        return f'{marker} && request.time < timestamp("{year}-01-01T00:00:00Z")'
    return marker


def _members(
    chance: random.Random,
    people: Sequence[str],
    levels: Sequence[Sequence[str]],
    *,
    small: bool,
) -> list[str]:
    """Return one or two members, most of them groups; with `small`, groups of the lowest level only."""

    def member() -> str:
        if not small and chance.random() < 0.3:
            return f"user:{chance.choice(people)}"
        level = levels[-1] if small else chance.choices(levels, GROUP_WEIGHTS)[0]
        return f"group:{chance.choice(level)}"

    return list(dict.fromkeys(member() for _ in range(chance.choice((1, 2)))))


def _some(chance: random.Random, names: Sequence[str], *, at_most: int) -> Iterator[str]:
    """Yield some different names."""
    yield from chance.sample(names, min(len(names), chance.randint(1, at_most)))

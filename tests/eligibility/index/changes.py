"""Random changes of a company: what administrators do between two refreshes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from simulator.company import Company

JIT, MPA = "has({}.jitAccessConstraint)", "has({}.multiPartyApprovalConstraint)"
NEAR_MISS = "has({}.jitAccesConstraint)"
PEOPLE = ("user:alice@example.com", "user:bob@example.com", "group:platform@example.com")
FOLDERS = ("organizations/7", "folders/10", "folders/11", "folders/12", "folders/20")


def change(company: Company, random: Random) -> None:
    """Change some things at once."""
    for _ in range(random.randint(1, 4)):
        random.choice(CHANGES)(company, random)


def _add_project(company: Company, random: Random) -> None:
    company.add_project(f"made-{random.randrange(10**9)}", parent=random.choice(FOLDERS))


def _remove_project(company: Company, random: Random) -> None:
    if made := _made(company):
        company.remove_project(random.choice(made))


def _delete_project(company: Company, random: Random) -> None:
    if made := _made(company):
        company.resource(random.choice(made)).state = "DELETE_REQUESTED"


def _move_project(company: Company, random: Random) -> None:
    company.resource("data-lake").parent = random.choice(FOLDERS)


def _rename_project(company: Company, random: Random) -> None:
    company.resource("payroll").display_name = f"Payroll {random.randrange(10**6)}"


def _bind(company: Company, random: Random) -> None:
    node = random.choice([*FOLDERS, "shop-prod", "payroll", *_made(company)])
    role = f"roles/made.role{random.randrange(20)}"
    members = random.sample(PEOPLE, 2)
    company.bind(node, role, members, random.choice([JIT, MPA, NEAR_MISS, f"{JIT} && {MPA}"]))


def _unbind(company: Company, random: Random) -> None:
    node = random.choice(["shop-prod", "folders/10", "folders/20"])
    policy = company.policy(node)
    if policy["bindings"]:
        policy["bindings"].pop(random.randrange(len(policy["bindings"])))
    company.put_policy(node, policy)


def _join(company: Company, random: Random) -> None:
    company.join("platform@example.com", f"new{random.randrange(100)}@example.com")


def _nest(company: Company, random: Random) -> None:
    email = f"team{random.randrange(20)}@example.com"
    members = [f"member{number}@example.com" for number in range(random.randrange(7))]
    company.add_group(email, [*members, "data-guild@example.com"])
    company.join("platform-oncall@example.com", email)


def _made(company: Company) -> list[str]:
    return [each.id for each in company.resources.values() if each.id.startswith("made-")]


CHANGES: tuple[Callable[[Company, Random], None], ...] = (
    *(_add_project, _remove_project, _delete_project, _move_project, _rename_project),
    *(_bind, _bind, _unbind, _join, _nest),
)

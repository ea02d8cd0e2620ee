"""Measure the rule on the largest document: `python bench/access_policy.py [ROLES] [RULES]`.

Every rule is looked at for every role, because none of them matches. Prints the time to read the
document, to make it ready, and to answer for all roles; ends with 1 when that takes 100 ms or more.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from eligibility.entitlements import ActivationType
from policies.document.reading import read
from policies.rules.facts import RoleFacts
from policies.rules.policy import Policy
from policies.rules.requirements import Criterion, Environment

BUDGET_SECONDS = 0.1
ENVIRONMENT = Environment(120, 60, Criterion(".*", "Bug or case number"), 60)
GROUPS = frozenset(f"group:team-{number}@example.com" for number in range(200))
FOLDERS = frozenset({"folders/1", "folders/2", "folders/3"})
KINDS = ("roles/service{0}.*", "roles/*.part{0}", "roles/*middle{0}*end", "*part{0}*")


def text(rules: int) -> str:
    """A document in which wildcards of each kind occur, and each rule has every key."""
    lines = ["version: 1", "rules:"]
    for number in range(rules):
        role = KINDS[number % len(KINDS)].format(number)
        lines += [
            f"- name: rule {number}",
            "  when:",
            f'    projects: ["*-prod", "team-{number}-*"]',
            f'    folders: ["folders/{number}", "folders/1"]',
            f'    roles: ["{role}", "roles/special{number}"]',
            '    requesters: ["group:team-1@example.com", "user:*@contractors.example.com"]',
            "  require: {duration: {max: 1h}}",
        ]
    return "\n".join(lines)


def facts(number: int) -> RoleFacts:
    return RoleFacts(
        project_id="shop-prod",
        role=f"roles/compute.instanceAdmin{number}.v1",
        activation_type=ActivationType.JIT,
        requester="alice@example.com",
        folders=FOLDERS,
        groups=GROUPS,
    )


def timed(what: str, begun: float) -> float:
    spent = time.perf_counter() - begun
    print(f"{what}: {spent * 1000:.1f} ms", flush=True)
    return spent


def main(roles: int = 1000, rules: int = 500) -> int:
    begun = time.perf_counter()
    document = read(text(rules)).document
    timed(f"read {rules} rules", begun)
    begun = time.perf_counter()
    policy = Policy(document, ENVIRONMENT)
    timed("made ready", begun)
    asked = [facts(number) for number in range(roles)]
    begun = time.perf_counter()
    decided = {policy.requirements(one).rule for one in asked}
    spent = timed(f"{roles} roles × {rules} rules", begun)
    print(f"rules that decided: {len(decided - {''})}")
    return 0 if spent < BUDGET_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

"""Random documents and requests for property tests; small alphabets, so that rules overlap often."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from policies.rules.facts import RoleFacts
from tests.policies.documents import JIT, MPA

PROJECTS = ("shop-prod", "shop-dev", "bank-prod")
FOLDERS = ("folders/1", "folders/2", "folders/12")
ROLES = ("roles/compute.admin", "roles/compute.viewer", "roles/owner")
PEOPLE = ("alice@example.com", "bob@example.com", "pat@partner.example")
GROUPS = ("group:a@example.com", "group:b@example.com")


def lists(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


def part(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with some of these keys."""
    return st.fixed_dictionaries({}, optional=keys)


MINUTES = st.sampled_from(("1m", "30m", "1h", "3h", "2d"))
APPROVERS = lists("peers", "user:sue@example.com", "user:tom@example.com", *GROUPS)
PRINCIPALS = lists("user:alice@example.com", *GROUPS)
WHEN = part(
    projects=lists("*", "*-prod", "shop-*", "*o*o*", *PROJECTS),
    folders=lists("folders/*", "folders/1*", *FOLDERS),
    roles=lists("roles/*", "*.admin", "roles/compute.*", *ROLES),
    types=lists("JIT", "MPA"),
    requesters=lists("user:*", "user:*@partner.example", "user:alice@example.com", *GROUPS),
)


def most_approvals(approvers: list[str]) -> int:
    """Return how many may be demanded: groups and peers may have any number of people."""
    people = {one for one in approvers if one.startswith("user:")}
    return len(people) if len(people) == len(approvers) else 3


STAGE = APPROVERS.flatmap(
    lambda approvers: st.fixed_dictionaries(
        {"from": st.just(approvers), "count": st.integers(1, most_approvals(approvers))}
    )
)
APPROVAL = st.fixed_dictionaries(
    {"stages": st.lists(STAGE, min_size=1, max_size=3)},
    optional={
        "answer_within": st.sampled_from(("4h", "7d")),
        "remind_after": st.sampled_from(("5m", "2h")),
        "escalate": st.fixed_dictionaries(
            {"after": st.sampled_from(("10m", "3h")), "to": PRINCIPALS}
        ),
    },
)
REQUIRE = part(
    duration=st.one_of(part(max=MINUTES), part(default=MINUTES)),
    justification=st.fixed_dictionaries(
        {"pattern": st.sampled_from((".*", "[A-Z].*", "(?i)bug.+")), "hint": st.just("hint")}
    ),
    ticket=st.fixed_dictionaries(
        {"label": st.sampled_from(("Bug", "Case")), "pattern": st.sampled_from(("B-.*", ".*[0-9]"))}
    ),
    approval=APPROVAL,
)
BREAK_GLASS = st.fixed_dictionaries(
    {
        "who": PRINCIPALS,
        "review_by": PRINCIPALS,
        "review_within": st.sampled_from(("1m", "3d", "30d")),
    }
)
RULES = st.lists(part(when=WHEN, require=REQUIRE, break_glass=BREAK_GLASS), max_size=6).map(
    lambda rules: [{"name": f"r{number}", **rule} for number, rule in enumerate(rules)]
)
# Rules that match everything, because few of the others match and have this key.
STAGED = APPROVAL.map(lambda found: [{"name": "staged", "require": {"approval": found}}])
WITH_BREAK_GLASS = BREAK_GLASS.map(lambda found: [{"name": "urgent", "break_glass": found}])
FACTS = st.builds(
    RoleFacts,
    project_id=st.sampled_from(PROJECTS),
    role=st.sampled_from(ROLES),
    activation_type=st.sampled_from((JIT, MPA)),
    requester=st.sampled_from(PEOPLE),
    folders=st.frozensets(st.sampled_from(FOLDERS)),
    groups=st.frozensets(st.sampled_from(GROUPS)),
)


def text_of(rules: list[dict[str, Any]]) -> str:
    """JSON is YAML."""
    return json.dumps({"version": 1, "rules": rules}, indent=1)

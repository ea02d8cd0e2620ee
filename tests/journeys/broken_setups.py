"""Broken set-ups that make a role missing: one change of the simulated cloud each, with its cause.

Alice asks about `roles/run.admin` on `lab-prod`, where she may browse in any case, so that she reads
her own path; Olga administers and asks about Alice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from simulator import Simulator
from tests.moments import now

PROJECT = "lab-prod"
ROLE = "roles/run.admin"
ALICE = "user:alice@example.com"
JIT, MPA = "has({}.jitAccessConstraint)", "has({}.multiPartyApprovalConstraint)"
BUCKET = 'resource.name.startsWith("projects/_/buckets/logs")'
ELIGIBLE, NOT, UNKNOWN = "eligible", "not_eligible", "unknown"


@dataclass(frozen=True)
class World:
    """What a set-up may change."""

    simulated: Simulator
    settings: Any

    def bind(self, condition: str | None = JIT, *members: str, on: str = PROJECT) -> World:
        """Bind the role to Alice, or to others, as an administrator would."""
        self.simulated.company.bind(on, ROLE, members or [ALICE], condition)
        return self

    def force(self, role: str, condition: str, on: str = PROJECT) -> None:
        """Bind a role in a way that IAM itself would refuse."""
        policy = self.simulated.company.policy(on)
        condition_of = {"title": "Eligible", "expression": condition}
        binding = {"role": role, "members": [ALICE], "condition": condition_of}
        policy["bindings"] = [*policy["bindings"], binding]
        self.simulated.company.put_policy(on, policy)

    def break_call(self, api: str, status: int, when: Any = None) -> None:
        self.simulated.faults.add(api, status=status, times=None, when=when)


@dataclass(frozen=True)
class Case:
    """A set-up and what each of the two reads: verdict, the step that names the cause, its words."""

    name: str
    break_it: Callable[[World], object]
    verdict: str
    check: str
    outcome: str
    words: str
    # What the administrator reads, where it is more.
    for_olga: tuple[str, str, str, str] | None = None
    role: str = ROLE
    condition: str = ""

    @property
    def olga_reads(self) -> tuple[str, str, str, str]:
        return self.for_olga or (self.verdict, self.check, self.outcome, self.words)


def at(hours: float) -> str:
    return f"{(now() + timedelta(hours=hours)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def about_group(text: str) -> Callable[[Any], bool]:
    return lambda call: text in f"{call.path} {call.params}"


def policy_full(world: World) -> None:
    world.bind()
    policy = world.simulated.company.policy(PROJECT)
    many = [f"serviceAccount:s{number}@x.iam.gserviceaccount.com" for number in range(1500)]
    policy["bindings"].append({"role": "roles/browser", "members": many})
    world.simulated.company.put_policy(PROJECT, policy)


def twenty_conditions(world: World) -> None:
    world.bind()
    for number in range(20):
        world.bind(f'resource.name == "{number}"')


def nested_group_unreadable(world: World) -> None:
    world.bind(JIT, "group:engineering@example.com")
    world.break_call("directory.groups.list", 403, about_group("platform@example.com"))


def alias_in_a_group(world: World) -> None:
    company = world.simulated.company
    company.add_alias("alice@example.com", "al@example.com")
    company.add_group("lab@example.com", ["al@example.com"])
    world.bind(JIT, "user:al@example.com")


def suspended(world: World) -> None:
    world.simulated.company.add_user("alice@example.com", suspended=True)
    world.bind(JIT, "group:platform-oncall@example.com")


def reviewers_unreadable(world: World) -> None:
    world.bind(MPA, ALICE, "group:analysts@partner.example")


def above_the_scope(world: World) -> None:
    world.settings.RESOURCE_SCOPE = "folders/12"
    world.bind(on="folders/10")


def outside_the_scope(world: World) -> None:
    world.settings.RESOURCE_SCOPE = "folders/20"
    world.bind()


def scheduled_for_deletion(world: World) -> None:
    world.bind()
    world.simulated.company.resource(PROJECT).state = "DELETE_REQUESTED"


def not_listed(world: World) -> None:
    world.settings.AVAILABLE_PROJECTS_QUERY = "labels.env:prod"
    world.bind()


def misread(name: str, condition: str, words: str) -> Case:
    return Case(name, lambda w: w.bind(condition), NOT, "condition", "fail", words)


def timed(name: str, condition: Callable[[], str], words: str) -> Case:
    return Case(name, lambda w: w.bind(f"{JIT} && {condition()}"), NOT, "window", "fail", words)


def unnamed(name: str, break_it: Callable[[World], object], *for_olga: str) -> Case:
    """A set-up that leaves the person without a binding of the role; the administrator reads why."""
    verdict, check, outcome, words = for_olga
    olga = (verdict, check, outcome, words)
    return Case(name, break_it, NOT, "binding", "fail", "No binding of roles/run.admin", olga)


CASES = [
    Case("nothing is broken", lambda w: w.bind(), ELIGIBLE, "binding", "pass", "project lab-prod"),
    Case(
        "through nested groups, from a folder",
        lambda w: w.bind(JIT, "group:engineering@example.com", on="folders/10"),
        *(ELIGIBLE, "membership", "pass"),
        "platform-oncall@example.com, which is in platform@example.com, which is in engineering",
    ),
    unnamed(
        "no binding at all",
        lambda w: w.bind(None, "user:bob@example.com"),
        NOT,
        "binding",
        "fail",
        "names alice@example.com",
    ),
    unnamed(
        *("somebody else is named", lambda w: w.bind(JIT, "user:bob@example.com")),
        *(NOT, "binding", "info", "names user:bob@example.com"),
    ),
    misread(
        "a misspelt marker", "has({}.jitAccesConstraint)", "use has({}.jitAccessConstraint) instead"
    ),
    misread(
        "under or", f'{JIT} || resource.name == "x"', "must be joined to the rest of the condition"
    ),
    misread("negated", f"!{JIT}", "joined to the rest"),
    misread("a Cyrillic letter", "has({}.jitAcc\u0435ssConstraint)", "only look like Latin"),
    misread("a suffix", "has({}.multiPartyApprovalConstraint.topic)", "takes no suffix"),
    misread("a marker of JIT Groups", "has({}.reviewerPrivilege)", "is a marker of JIT Groups"),
    misread("not CEL", f"{JIT} && (", "cannot be read"),
    misread("no marker", 'request.time < timestamp("2099-01-01T00:00:00Z")', "has no marker"),
    timed("a time that is over", lambda: f'request.time < timestamp("{at(-1)}")', "ended at"),
    timed("a time to come", lambda: f'request.time > timestamp("{at(48)}")', "begins at"),
    timed("never", lambda: "false", "never true"),
    Case(
        "another resource condition",
        lambda w: w.bind(f"{JIT} && {BUCKET}"),
        *(NOT, "condition", "fail", "another resource condition"),
        condition='resource.type == "x"',
    ),
    Case(
        *("the only resource condition", lambda w: w.bind(f"{JIT} && {BUCKET}")),
        *(ELIGIBLE, "condition", "info", "buckets/logs"),
    ),
    Case(
        *("an unreadable group on the way", nested_group_unreadable),
        *(UNKNOWN, "group", "unknown", "that contain platform@example.com cannot be read"),
    ),
    Case(
        "an unreadable group that does not matter",
        lambda w: w.bind().break_call("directory.groups.list", 403, about_group("platform@")),
        *(ELIGIBLE, "group", "info", "cannot be read"),
    ),
    Case(
        "no groups can be read",
        lambda w: w.break_call("directory.groups.list", 403, about_group("alice@example.com")),
        *(UNKNOWN, "membership", "unknown", "Google did not return"),
    ),
    unnamed(
        *("an external group", lambda w: w.bind(JIT, "group:analysts@partner.example")),
        *(UNKNOWN, "group", "unknown", "analysts@partner.example cannot be read"),
    ),
    unnamed(
        *("a deleted group", lambda w: w.bind(JIT, "group:gone@example.com")),
        *(UNKNOWN, "group", "unknown", "gone@example.com cannot be read"),
    ),
    unnamed(
        *("a whole domain", lambda w: w.bind(JIT, "domain:example.com")),
        *(NOT, "membership", "fail", "names domain:example.com"),
    ),
    unnamed(
        *("a group of everyone", lambda w: w.bind(JIT, "group:all-staff@example.com")),
        *(NOT, "membership", "fail", "has everyone in the organization as a member"),
    ),
    unnamed(
        "a deleted account",
        lambda w: w.bind(JIT, "deleted:user:alice@example.com?uid=1234"),
        *(NOT, "membership", "fail", "deleted account alice@example.com"),
    ),
    unnamed(
        *("an alias", alias_in_a_group),
        *(NOT, "membership", "fail", "names al@example.com, another address of the same account"),
    ),
    Case(
        *("a suspended member", suspended, ELIGIBLE, "membership", "pass", "platform-oncall"),
        for_olga=(NOT, "membership", "fail", "suspended"),
    ),
    unnamed(
        *("a binding above the scope", above_the_scope),
        *(NOT, "scope", "fail", "folder 10 is above the scope folders/12"),
    ),
    Case(
        *("a project outside the scope", outside_the_scope),
        *(NOT, "scope", "fail", "outside the scope folders/20"),
    ),
    Case(
        *("a project scheduled for deletion", scheduled_for_deletion),
        *(NOT, "project", "fail", "scheduled for deletion"),
    ),
    Case(
        *("a project that is not listed", not_listed),
        *(ELIGIBLE, "scope", "info", "AVAILABLE_PROJECTS_QUERY"),
    ),
    Case(
        "a role that projects do not support",
        lambda w: w.force("roles/billing.admin", JIT),
        *(NOT, "grantable", "fail", "cannot be granted on project lab-prod"),
        role="roles/billing.admin",
    ),
    Case(
        "a custom role of another project",
        lambda w: w.force("projects/shop-prod/roles/deployer", JIT),
        *(NOT, "grantable", "fail", "cannot be granted"),
        role="projects/shop-prod/roles/deployer",
    ),
    Case(
        *(
            "a basic role",
            lambda w: w.force("roles/editor", JIT),
            NOT,
            "role",
            "fail",
            "basic role",
        ),
        role="roles/editor",
    ),
    Case(
        "IAM lists no roles",
        lambda w: w.bind().break_call("iam.roles.queryGrantableRoles", 403),
        *(UNKNOWN, "grantable", "unknown", "IAM did not say"),
    ),
    Case(*("a full policy", policy_full, NOT, "policy", "fail", "1,500")),
    Case(*("too many conditions", twenty_conditions, NOT, "policy", "fail", "IAM allows 20")),
    Case(
        "a condition with too many operators",
        lambda w: w.bind(" && ".join([JIT, *(f'resource.name != "{n}"' for n in range(12))])),
        *(NOT, "condition", "fail", "logical operators"),
    ),
    Case(
        "the role without a time limit",
        lambda w: w.bind().bind(None),
        *(NOT, "binding", "fail", "already have roles/run.admin"),
    ),
    Case(
        "the role without a time limit and without a marker",
        lambda w: w.bind(None),
        *(NOT, "binding", "fail", "already have roles/run.admin"),
    ),
    Case(
        "no members can be read",
        lambda w: w.bind(MPA, ALICE, "group:payments-approvers@example.com").break_call(
            "directory.members.list", 503
        ),
        *(UNKNOWN, "reviewers", "unknown", "could not be determined"),
    ),
    Case(
        "Cloud Asset does not answer, and nothing is found",
        lambda w: w.break_call("cloudasset.*", 503),
        *(UNKNOWN, "binding", "unknown", "No binding of roles/run.admin"),
    ),
    Case(
        *(
            "nobody to review",
            lambda w: w.bind(MPA),
            NOT,
            "reviewers",
            "fail",
            "0 people can review",
        ),
    ),
    Case(
        *("reviewers in an unreadable group", reviewers_unreadable),
        *(UNKNOWN, "reviewers", "unknown", "Not all groups could be read"),
    ),
    Case(
        "approval by a peer",
        lambda w: w.bind(MPA, ALICE, "user:bob@example.com"),
        *(ELIGIBLE, "reviewers", "pass", "1 person can review"),
    ),
    Case(
        "Cloud Asset does not answer",
        lambda w: w.bind().break_call("cloudasset.*", 503),
        *(UNKNOWN, "scope", "unknown", "Google did not return the policies"),
    ),
    Case(
        "the policies of the scope may not be read",
        lambda w: w.bind().break_call("cloudasset.*", 403),
        *(NOT, "scope", "fail", "cannot read the policies of the scope organizations/7"),
    ),
    Case(
        "the live policy may not be read",
        lambda w: w.bind().break_call("cloudresourcemanager.projects.getIamPolicy", 403),
        *(NOT, "project", "fail", "cannot read the policy"),
    ),
]

"""What lint says about one binding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eligibility.conditions import Eligibility, read_eligibility
from eligibility.facts import Binding
from eligibility.lint.finding import LABELS, Finding, Kind
from eligibility.lint.rules import findings_of
from tests.eligibility.cases import FOLDER, JIT, MPA, NOON, PROJECT

ALICE = "user:alice@example.com"
PAST, FUTURE = ('timestamp("2029-01-01T00:00:00Z")', 'timestamp("2031-01-01T00:00:00Z")')
LONG = " || ".join(f'resource.name == "{number:0600}"' for number in range(8))


def bound(
    expression: str, *members: str, role: str = "roles/compute.admin", to: str = PROJECT
) -> Binding:
    return Binding(role, members or (ALICE,), "Eligible", expression, to, "Made by hand")


def found(binding: Binding) -> list[Finding]:
    return list(findings_of(binding, now=NOON))


def kinds(binding: Binding) -> list[str]:
    return [finding.kind.value for finding in found(binding)]


@pytest.mark.parametrize(
    ("condition", "kind", "said"),
    [
        (f"{JIT} || true", "really_grants", "may grant roles/compute.admin on project project-1"),
        (f"!{MPA}", "really_grants", "joined to the rest of the condition with &&"),
        (f"{JIT} || false", "near_miss", "joined to the rest of the condition with &&"),
        ("has({}.jitAccesConstraint)", "near_miss", '"jitAccesConstraint" is not a marker'),
        ("has({}.jit\u0410ccessConstraint)", "near_miss", "letters that only look"),
        ("has({}.jitAccessConstraint.team)", "near_miss", 'no suffix such as ".team"'),
        ("has({}.reviewerPrivilege)", "near_miss", "a marker of JIT Groups"),
        (f"{JIT} && `a`", "near_miss", "its condition cannot be read"),
        (f"{JIT} && {MPA}", "both_markers", "carries both markers"),
        (f"{JIT} && request.time < {PAST}", "ended", "ended at 2029-01-01 00:00:00 UTC"),
        (f"{JIT} && false", "ended", "its condition is never true"),
        (f"{JIT} && request.time >= {FUTURE}", "not_begun", "begins at 2031-01-01 00:00:00 UTC"),
        (f"{JIT} && ({' || '.join('a' * 12)})", "too_complex", "has 13 logical operators"),
        (f"{JIT} && ({LONG})", "too_complex", "characters"),
    ],
)
def test_each_kind_of_condition_is_found_and_explained(
    condition: str, kind: str, said: str
) -> None:
    (finding,) = found(bound(condition))
    assert finding.kind == kind
    assert said in finding.text
    assert "project project-1" in finding.text
    assert (finding.node, finding.role) == ("projects/project-1", "roles/compute.admin")
    assert finding.members == (ALICE,)
    assert bool(finding.command) is (kind != "not_begun")


@pytest.mark.parametrize(
    "condition",
    [
        JIT,
        MPA,
        f"{JIT} && resource.name == 'x'",
        f"{JIT} && request.time < {FUTURE}",
        f"{JIT} && request.time >= {PAST}",
        f"{JIT} && ({' || '.join('a' * 11)})",
        "request.time < timestamp('2020-01-01T00:00:00Z')",
        "true",
        "",
    ],
)
def test_good_bindings_and_those_of_others_are_not_mentioned(condition: str) -> None:
    assert found(bound(condition, ALICE, "group:team@example.com")) == []


@pytest.mark.parametrize(
    ("role", "to", "kind"),
    [
        ("roles/owner", PROJECT, "role_without_conditions"),
        ("roles/editor", FOLDER, "role_without_conditions"),
        ("projects/project-2/roles/custom", PROJECT, "not_grantable"),
        ("projects/project-1/roles/custom", FOLDER, "not_grantable"),
    ],
)
def test_roles_that_iam_does_not_bind_with_a_condition_here_are_found(
    role: str, to: str, kind: str
) -> None:
    assert kinds(bound(JIT, role=role, to=to)) == [kind]


@pytest.mark.parametrize(
    "role",
    ["roles/writer", "projects/project-1/roles/custom", "organizations/7/roles/custom"],
)
def test_roles_that_can_be_bound_are_not_mentioned(role: str) -> None:
    assert found(bound(JIT, role=role)) == []


def test_projects_known_by_number_only_are_not_taken_for_others() -> None:
    numbered = replace(bound(JIT, role="projects/project-1/roles/custom"))
    numbered = replace(numbered, attached_resource=PROJECT.replace("project-1", "200000000001"))
    assert found(numbered) == []


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ("domain:example.com", "never_eligible"),
        ("allUsers", "never_eligible"),
        ("allauthenticatedusers", "never_eligible"),
        ("deleted:user:zoe@example.com?uid=1", "never_eligible"),
        ("principalSet://iam.googleapis.com/locations/global/workforcePools/p/*", "never_eligible"),
        ("serviceAccount:bot@project-1.iam.gserviceaccount.com", "service_account"),
        ("user:bot@project-1.iam.gserviceaccount.com", "service_account"),
    ],
)
def test_members_that_are_never_eligible_are_found_and_only_they_are_removed(
    member: str, kind: str
) -> None:
    (finding,) = found(bound(JIT, ALICE, member))
    assert (finding.kind, finding.members) == (kind, (member,))
    assert "alice" not in finding.command


def test_an_ended_eligibility_is_the_only_finding() -> None:
    assert kinds(bound(f"{JIT} && false", "domain:example.com", role="roles/owner")) == ["ended"]


def test_several_faults_of_one_binding_are_all_found() -> None:
    binding = bound(f"{JIT} && {MPA}", "domain:example.com", role="roles/owner")
    assert kinds(binding) == ["both_markers", "role_without_conditions", "never_eligible"]


@pytest.mark.parametrize(
    ("condition", "meant"),
    [
        ("has({}.jitAccesConstraint)", JIT),
        ("has({}.jitAccessConstraint.team) && a", f"{JIT} && a"),
        ("a && has({}.mpaAccessConstraint)", f"{MPA} && a"),
        ("has({}.externalApprovalConstraint)", MPA),
        ("has({}.jit\u0410ccessConstraint) && (a || b)", f"{JIT} && (a || b)"),
    ],
)
def test_a_misspelled_marker_is_corrected_by_the_command(condition: str, meant: str) -> None:
    (finding,) = found(bound(condition))
    assert isinstance(read_eligibility(meant), Eligibility)
    assert meant in finding.text
    added, removed = finding.command.split("\n")
    assert "add-iam-policy-binding project-1" in added
    assert meant in added
    assert "remove-iam-policy-binding project-1" in removed


@pytest.mark.parametrize(
    "condition",
    [f"{JIT} || false", "has({}.jitAccesConstraint) && has({}.mpaAccessConstraint)", f"{JIT} && `"],
)
def test_what_was_meant_is_not_guessed_when_it_is_not_certain(condition: str) -> None:
    (finding,) = found(bound(condition))
    assert "add-iam-policy-binding" not in finding.command


def test_every_kind_has_a_label() -> None:
    assert set(LABELS) == set(Kind)

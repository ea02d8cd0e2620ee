"""Commands of gcloud that administrators may copy, safe in a POSIX shell whatever a policy holds."""

from __future__ import annotations

from eligibility.entitlements import ActivationType
from eligibility.facts import node_of, project_resource
from eligibility.gcloud import POLICY_GROUPS, gcloud
from eligibility.marker_words import WORDS

_TITLES = {
    ActivationType.JIT: "Eligible for JIT Access",
    ActivationType.MPA: "Eligible for JIT Access with approval",
}


def make_eligible(project_id: str, *, user: str, role: str, kind: ActivationType) -> str:
    """Return the command that binds a role to a person with a marker, on the project."""
    condition = f"expression=has({{}}.{WORDS[kind]}),title={_TITLES[kind]}"
    return gcloud(
        *("projects", "add-iam-policy-binding", project_id, f"--member=user:{user}"),
        *(f"--role={role}", f"--condition={condition}"),
    )


def show_bindings(attached_resource: str, role: str) -> str:
    """Return the command that shows the bindings of a role where they are set."""
    kind, _, name = node_of(attached_resource).partition("/")
    if kind not in POLICY_GROUPS:
        return ""
    return gcloud(
        *(*POLICY_GROUPS[kind], "get-iam-policy", name, "--flatten=bindings"),
        *(f"--filter=bindings.role={role}", "--format=yaml(bindings)"),
    )


def show_policy(project_id: str) -> str:
    return gcloud("projects", "get-iam-policy", project_id)


def show_project(project_id: str) -> str:
    return gcloud("projects", "describe", project_id)


def undelete(project_id: str) -> str:
    return gcloud("projects", "undelete", project_id)


def list_grantable(project_id: str) -> str:
    resource = project_resource(project_id)
    return gcloud("iam", "list-grantable-roles", resource, "--format=value(name)")


def show_members(group: str) -> str:
    return gcloud("identity", "groups", "memberships", "list", f"--group-email={group}")

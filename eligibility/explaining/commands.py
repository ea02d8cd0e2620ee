"""Commands of gcloud that administrators may copy, safe in a POSIX shell whatever a policy holds."""

from __future__ import annotations

import shlex

from eligibility.entitlements import ActivationType
from eligibility.facts import node_of, project_resource
from eligibility.marker_words import WORDS

_POLICIES = {
    "projects": ("projects",),
    "folders": ("resource-manager", "folders"),
    "organizations": ("organizations",),
}
_TITLES = {
    ActivationType.JIT: "Eligible for JIT Access",
    ActivationType.MPA: "Eligible for JIT Access with approval",
}


def make_eligible(project_id: str, *, user: str, role: str, kind: ActivationType) -> str:
    """Return the command that binds a role to a person with a marker, on the project."""
    condition = f"expression=has({{}}.{WORDS[kind]}),title={_TITLES[kind]}"
    return _gcloud(
        *("projects", "add-iam-policy-binding", project_id, f"--member=user:{user}"),
        *(f"--role={role}", f"--condition={condition}"),
    )


def show_bindings(attached_resource: str, role: str) -> str:
    """Return the command that shows the bindings of a role where they are set."""
    kind, _, name = node_of(attached_resource).partition("/")
    if kind not in _POLICIES:
        return ""
    return _gcloud(
        *(*_POLICIES[kind], "get-iam-policy", name, "--flatten=bindings"),
        *(f"--filter=bindings.role={role}", "--format=yaml(bindings)"),
    )


def show_policy(project_id: str) -> str:
    return _gcloud("projects", "get-iam-policy", project_id)


def show_project(project_id: str) -> str:
    return _gcloud("projects", "describe", project_id)


def undelete(project_id: str) -> str:
    return _gcloud("projects", "undelete", project_id)


def list_grantable(project_id: str) -> str:
    resource = project_resource(project_id)
    return _gcloud("iam", "list-grantable-roles", resource, "--format=value(name)")


def show_members(group: str) -> str:
    return _gcloud("identity", "groups", "memberships", "list", f"--group-email={group}")


def _gcloud(*words: str) -> str:
    """'' when a word holds characters that a terminal would act on or hide."""
    if not all(word.isprintable() for word in words):
        return ""
    return shlex.join(("gcloud", *words))

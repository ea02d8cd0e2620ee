"""Steps about the project: whether it exists, is managed and listed, and supports the role."""

from __future__ import annotations

from collections.abc import Iterator

from eligibility.explaining import commands
from eligibility.explaining.looks import CloserLook, Failed, FirstLook, Trouble
from eligibility.explaining.steps import Check, Step, failed, info, passed, unknown
from eligibility.explaining.subject import advised

ACTIVE = "ACTIVE"
DELETED = "DELETE_REQUESTED"
TRY_AGAIN = "Try again in a minute."


def project_steps(look: FirstLook, closer: CloserLook) -> Iterator[Step]:
    """Yield whether the project exists, is active, and its policy can be read."""
    project_id, live, state = look.question.project_id, look.live_policy, closer.state
    if isinstance(live, Failed):
        yield _unreadable(look, live, state)
    elif state == DELETED:
        yield failed(
            Check.PROJECT,
            f"Project {project_id} is scheduled for deletion.",
            advised(look.question, "Restore the project if it is still needed."),
            commands.undelete(project_id),
        )
    elif state in (ACTIVE, "") or isinstance(state, Failed):
        yield passed(Check.PROJECT, f"Project {project_id} exists, and its policy can be read.")
    else:
        yield failed(Check.PROJECT, f"Project {project_id} is not active; its state is {state}.")


def _unreadable(look: FirstLook, live: Failed, state: str | Failed) -> Step:
    project_id = look.question.project_id
    command = commands.show_project(project_id)
    if live.trouble is Trouble.SILENT:
        text = f"Google did not return the policy of project {project_id}: {live.message}."
        return unknown(Check.PROJECT, text, TRY_AGAIN)
    if isinstance(state, Failed) and state.trouble is not Trouble.SILENT:
        return failed(
            Check.PROJECT,
            f"Project {project_id} does not exist, or JIT Access has no access to it;"
            " Google does not say which.",
            "Check the spelling of the project ID. If it is right, give the service account of"
            " JIT Access access to the project.",
            command,
        )
    return failed(
        Check.PROJECT,
        f"JIT Access cannot read the policy of project {project_id}: {live.message}.",
        advised(
            look.question,
            "Give the service account of JIT Access the roles that the documentation lists.",
        ),
        command,
    )


def scope_steps(look: FirstLook, closer: CloserLook) -> Iterator[Step]:
    """Yield whether the project lies in the managed scope, and whether the list shows it."""
    project_id, policies = look.question.project_id, look.policies
    if not isinstance(policies, Failed):
        yield passed(Check.SCOPE, f"Project {project_id} is within the scope {closer.scope}.")
    elif policies.trouble is Trouble.SILENT:
        yield unknown(
            Check.SCOPE,
            "Google did not return the policies of the folders and the organization:"
            f" {policies.message}.",
            TRY_AGAIN,
        )
    elif policies.trouble is Trouble.REFUSED:
        yield failed(
            Check.SCOPE,
            f"JIT Access cannot read the policies of the scope {closer.scope}: {policies.message}.",
            advised(
                look.question, "Give its service account roles/cloudasset.viewer on the scope."
            ),
        )
    elif not isinstance(look.live_policy, Failed):
        yield failed(
            Check.SCOPE,
            f"Project {project_id} is outside the scope {closer.scope} that JIT Access manages:"
            f" {policies.message}.",
            advised(look.question, "Move the project into the scope, or change RESOURCE_SCOPE."),
            commands.show_project(project_id),
        )
    if closer.is_listed is False and closer.state == ACTIVE:
        yield info(
            Check.SCOPE,
            f"The list of projects does not show {project_id}: AVAILABLE_PROJECTS_QUERY excludes it,"
            " or the project is only some minutes old. Its roles can be requested all the same.",
            "Enter the project ID instead of choosing it from the list.",
        )


def grantable_steps(look: FirstLook, closer: CloserLook) -> Iterator[Step]:
    """Yield whether IAM grants the role on the project, unless the project cannot be read anyway."""
    role, project_id = look.question.role, look.question.project_id
    command = commands.list_grantable(project_id)
    if isinstance(look.live_policy, Failed):
        return
    if closer.is_grantable:
        yield passed(Check.GRANTABLE, f"{role} can be granted on project {project_id}.")
    elif closer.is_grantable is None:
        yield unknown(
            Check.GRANTABLE,
            f"IAM did not say whether {role} can be granted on project {project_id}."
            " This becomes known when access is written.",
            advised(
                look.question,
                "Check that the role exists, and that the service account of JIT Access may list"
                " roles.",
            ),
            command,
        )
    else:
        yield failed(
            Check.GRANTABLE,
            f"{role} cannot be granted on project {project_id}: the role does not exist, or"
            " projects do not support it.",
            "Check the spelling of the role. "
            + advised(look.question, "Make only roles eligible that projects support."),
            command,
        )

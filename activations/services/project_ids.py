"""Checks that people name projects by their id, before anything is looked up, locked or recorded."""

from __future__ import annotations

from activations.domain.rules import ProjectNumberGiven, check_project
from activations.models import Request, User
from eligibility import providers
from eligibility.entitlements import ActivationType, ProjectId
from eligibility.membership import roles_held


def canonical_project(text: str, *, user: User) -> ProjectId:
    """Return the id of the project that this person names. Does not call Google.

    :raises Refusal: when the text is not an id. For a project number, the message contains the id if
        the person has a role or a request on the project.
    """
    try:
        return check_project(text)
    except ProjectNumberGiven as error:
        if project_id := _own_project(text.strip(), user):
            raise ProjectNumberGiven(f"{error} The ID of this project is {project_id}.") from error
        raise


def _own_project(number: str, user: User) -> str:
    """Return the id of the project with this number, or '' if it is unknown or not the person's."""
    project_id = providers.projects().known_id(number)
    is_own = bool(project_id) and (
        _is_eligible(user, project_id)
        or Request.objects.filter(beneficiary=user, project_id=project_id).exists()
    )
    return project_id if is_own else ""


def _is_eligible(user: User, project_id: str) -> bool:
    """Return whether the cached facts contain an eligible role."""
    facts = providers.recent_facts().kept(user=user.email, project_id=project_id)
    return facts is not None and any(
        roles_held(
            project_id=project_id,
            policies=facts.policies,
            principals=facts.principals,
            activation_type=activation_type,
        )
        for activation_type in ActivationType
    )

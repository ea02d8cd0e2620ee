"""Reads which projects are offered: those that AVAILABLE_PROJECTS_QUERY finds."""

from __future__ import annotations

from eligibility.index.position import Done, Write, page, token_of
from eligibility.index.work import Work
from eligibility.models import IndexedProject, Refresh


def step(work: Work, position: str) -> Write:
    found = work.sources.cloud.resource_manager.projects_page(
        query=work.sources.query, token=token_of(position)
    )
    # Resource Manager knows of a deletion before Cloud Asset does.
    ids = [project.project_id for project in found.items if project.state == "ACTIVE"]

    def write() -> Done:
        projects = IndexedProject.objects.filter(refresh=work.refresh, project_id__in=ids)
        projects.update(is_offered=True)
        return Done(page(found.next_token))

    return write


def undo(refresh: Refresh) -> bool:
    """Withdraw what the phase stored."""
    IndexedProject.objects.filter(refresh=refresh, is_offered=True).update(is_offered=False)
    return False

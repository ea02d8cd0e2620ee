"""Reads all projects, folders and organizations."""

from __future__ import annotations

from eligibility.index.position import Done, Write, page, token_of
from eligibility.index.reading import FolderRead, ProjectRead, read_resource
from eligibility.index.work import Work
from eligibility.index.writing import add_folders, add_projects, delete_some
from eligibility.models import IndexedFolder, IndexedNode, IndexedProject, Refresh


def step(work: Work, position: str) -> Write:
    work.sources.throttle()
    found = work.sources.cloud.resource_search.page(
        scope=work.sources.scope, token=token_of(position)
    )
    read = [read_resource(item) for item in found.items]

    def write() -> Done:
        add_folders(work.refresh, [each for each in read if isinstance(each, FolderRead)])
        projects = [each for each in read if isinstance(each, ProjectRead)]
        return Done(page(found.next_token), {"projects": add_projects(work.refresh, projects)})

    return write


def undo(refresh: Refresh) -> bool:
    """Delete some of what the phase stored; return whether there was any."""
    models = (IndexedNode, IndexedProject, IndexedFolder)
    return delete_some(model.objects.filter(refresh=refresh) for model in models)

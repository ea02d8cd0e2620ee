"""Tables of the eligibility index: copies of what Google said, served in lists and never in decisions.

A refresh writes rows of its own beside those of the refresh before it, and serves them when all are
written. So a list never mixes two states, and a refresh that is killed changes nothing that is served.
Groups are the exception: they are read at different times, and each is replaced as a whole.
"""

from eligibility.models.bindings import IndexedBinding, IndexedMember
from eligibility.models.groups import IncomingGroupMember, IndexedGroup, IndexedGroupMember
from eligibility.models.projects import IndexedFolder, IndexedNode, IndexedProject
from eligibility.models.refresh import Refresh
from eligibility.models.roles import IndexedRole

__all__ = [
    "IncomingGroupMember",
    "IndexedBinding",
    "IndexedFolder",
    "IndexedGroup",
    "IndexedGroupMember",
    "IndexedMember",
    "IndexedNode",
    "IndexedProject",
    "IndexedRole",
    "Refresh",
]

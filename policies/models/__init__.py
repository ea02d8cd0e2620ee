"""Tables of access policies: texts that never change, and who proposed and decided what about them."""

from policies.models.proposal import PolicyProposal, ProposalState
from policies.models.version import PolicyVersion

__all__ = ["PolicyProposal", "PolicyVersion", "ProposalState"]

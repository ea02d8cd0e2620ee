"""What people may do besides activating roles, and what each may see in the admin."""

from __future__ import annotations

from dataclasses import dataclass

HISTORY = frozenset(
    {
        *("activations.view_request", "activations.view_grant", "activations.view_event"),
        "activations.view_afterreview",
        *("activations.view_outboxmessage", "activations.view_eligiblemember"),
    }
)
EXPORT = frozenset({"activations.export_history"})
ADMINISTRATION = frozenset(
    {"activations.resend_message", "activations.revoke_grant", "activations.stop_person"}
)
QUEUE = frozenset({"activations.view_queueditem", "activations.review_request"})


@dataclass(frozen=True, slots=True)
class Permissions:
    """One person's permissions at one moment."""

    is_administrator: bool = False
    is_auditor: bool = False
    is_manager: bool = False
    is_asked: bool = False
    is_access_reviewer: bool = False

    @property
    def sees_history(self) -> bool:
        return self.is_administrator or self.is_auditor

    @property
    def sees_queue(self) -> bool:
        """Designated reviewers and people recently asked to review have a queue; administrators may read it."""
        return self.is_manager or self.is_asked or self.is_administrator

    @property
    def sees_admin(self) -> bool:
        return self.sees_history or self.sees_queue or self.is_access_reviewer

    @property
    def names(self) -> frozenset[str]:
        """Django permission names; nobody may add, change or delete evidence."""
        history = HISTORY | EXPORT if self.sees_history else frozenset()
        queue = QUEUE if self.sees_queue else frozenset()
        return history | queue | (ADMINISTRATION if self.is_administrator else frozenset())


NO_PERMISSIONS = Permissions()

"""People's parts beyond activating: administrators and auditors, and what each may see."""

from __future__ import annotations

from dataclasses import dataclass

HISTORY = frozenset(
    {"activations.view_request", "activations.view_grant", "activations.view_event"}
)
EXPORT = frozenset({"activations.export_history"})


@dataclass(frozen=True, slots=True)
class Part:
    """What one person is, as of now."""

    is_administrator: bool = False
    is_auditor: bool = False

    @property
    def sees_admin(self) -> bool:
        return self.is_administrator or self.is_auditor

    @property
    def permissions(self) -> frozenset[str]:
        """Django permission names; nobody has add, change or delete on evidence."""
        return HISTORY | EXPORT if self.sees_admin else frozenset()


NO_PART = Part()

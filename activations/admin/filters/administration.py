"""Selects the events by which administrators changed how JIT Access works, or what it records."""

from __future__ import annotations

from django.db.models import Q

from activations.admin.filters.choice import ChoiceFilter

# Kinds by name, so that an index finds them.
ADMINISTRATION = (
    *("policy.proposed", "policy.activated", "policy.rejected", "policy.imported"),
    *("person.stopped", "person.resumed", "person.pseudonymized"),
    *("absence.named", "absence.ended", "message.resent", "audit_log.closed"),
    *("campaign.created", "campaign.opened", "campaign.closed", "campaign.item_assigned"),
    *("evidence.migrated", "evidence.triggers_restored", "evidence.triggers_installed"),
)


class AdministrationFilter(ChoiceFilter):
    """Selects what administrators, operators and reviewers with deputies changed; not decisions about requests."""

    title = "About"
    parameters = ("about",)
    known = {"administration": "administrator changes"}

    def condition(self) -> Q:
        return Q(kind__in=ADMINISTRATION)

"""The export of access policies: one row per proposal of a version, with its text and what became of it."""

from __future__ import annotations

from django.db.models import QuerySet

from activations.exports.columns import Column, Layout
from policies.models import PolicyProposal


def policy_rows(proposals: QuerySet[PolicyProposal]) -> QuerySet[PolicyProposal]:
    """Return the proposals oldest first, with everything that the columns need."""
    return proposals.order_by("proposed_at", "pk").select_related("version", "base")


POLICY_VERSIONS: Layout[PolicyProposal] = Layout(
    "policy_versions",
    1,
    (
        Column("proposal_id", "this row", lambda p, _: p.pk),
        Column("version_id", "number of the text", lambda p, _: p.version_id),
        Column("policy_sha256", "of the text", lambda p, _: p.version.sha256),
        Column("base_sha256", "active when it was proposed", lambda p, _: p.base and p.base.sha256),
        Column("state", "of the proposal", lambda p, _: p.state),
        Column("author_email", "of the text", lambda p, _: p.version.author_email),
        Column("created_at", "when the text was stored", lambda p, _: p.version.created_at),
        Column("proposed_by", "who", lambda p, _: p.proposed_by_email),
        Column("proposed_at", "when", lambda p, _: p.proposed_at),
        Column("comment", "on the proposal", lambda p, _: p.comment),
        Column("decided_by", "who activated or rejected it", lambda p, _: p.decided_by_email),
        Column("decided_at", "when", lambda p, _: p.decided_at),
        Column("decision_comment", "of that person", lambda p, _: p.decision_comment),
        Column("second_person", "not the proposer", lambda p, _: p.was_second_person),
        Column("as_deployment", "from the command line", lambda p, _: p.as_deployment),
        Column("replaced_at", "empty while it is active", lambda p, _: p.replaced_at),
        Column("text", "verbatim", lambda p, _: p.version.text),
    ),
)

"""Activate a text from a deployment, without a second person: the shell decides who may."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from policies.document.reading import read
from policies.models import PolicyProposal, ProposalState
from policies.services.deciding import replace_active
from policies.services.proposing import active_proposal, version_of
from policies.services.refusals import PolicyMoved
from policies.services.steps import Person, Record, checked_comment, step


def import_as_deployment(
    *, text: str, operator: Person, now: datetime, record: Record, comment: str = ""
) -> tuple[PolicyProposal, bool]:
    """Make a text the active version; return its proposal, and whether anything changed.

    :raises InvalidDocument: when the text is not an access policy; with all problems.
    :raises PolicyMoved: when somebody activated another version at the same moment.
    """
    reading = read(text)
    words = checked_comment(comment)
    try:
        with transaction.atomic():
            version = version_of(reading, text, operator, now)
            active = active_proposal()
            if active and active.version_id == version.pk:
                return active, False
            replace_active(active, now)
            proposal = PolicyProposal.objects.create(
                version=version,
                base=active.version if active else None,
                state=ProposalState.ACTIVE,
                proposed_at=now,
                proposed_by_email=operator.email,
                proposed_by_subject=operator.subject,
                decided_at=now,
                decided_by_email=operator.email,
                decided_by_subject=operator.subject,
                decision_comment=words,
                was_second_person=False,
                as_deployment=True,
            )
            record(step("policy.imported", proposal, operator, now))
    except IntegrityError as error:
        raise PolicyMoved("Another version was activated at the same moment. Try again.") from error
    return proposal, True

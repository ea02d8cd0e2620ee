"""Propose a version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from policies.document.problems import Problem
from policies.document.reading import Reading, digest, read
from policies.models import PolicyProposal, PolicyVersion, ProposalState
from policies.services.refusals import PolicyMoved, PolicyRefused
from policies.services.steps import Person, Record, checked_comment, step

RENEWED = "Proposed again, because the active version changed"


@dataclass(frozen=True, slots=True)
class Proposed:
    """The proposal, whether it is new, and warnings about its text."""

    proposal: PolicyProposal
    is_new: bool
    warnings: tuple[Problem, ...]


def propose(
    *, text: str, author: Person, now: datetime, record: Record, comment: str = ""
) -> Proposed:
    """Propose a text. The same text is no new version, and an open proposal of it stays the only one.

    :raises InvalidDocument: when the text is not an access policy, with all problems.
    :raises PolicyRefused: when the text is active already, or the comment is too long.
    :raises PolicyMoved: when somebody proposed the same text at the same moment.
    """
    reading = read(text)
    words = checked_comment(comment)
    try:
        with transaction.atomic():
            version = version_of(reading, text, author, now)
            proposal, is_new = _proposal(version, author, now, record, comment=words)
    except IntegrityError as error:
        raise PolicyMoved("Somebody proposed this text at the same moment") from error
    return Proposed(proposal, is_new, reading.warnings)


def text_of_form(typed: str) -> str:
    """Return a text from a form, with the line breaks of the same text if it was stored before.

    Browsers send CRLF for each line break, so that they would make another version of any text.
    """
    text = typed.replace("\r\n", "\n").replace("\r", "\n")
    with_returns = text.replace("\n", "\r\n")
    hashes = {digest(text), digest(with_returns)}
    stored = PolicyVersion.objects.filter(sha256__in=hashes).values_list("sha256", flat=True)
    return with_returns if list(stored) == [digest(with_returns)] else text


def _proposal(
    version: PolicyVersion, author: Person, now: datetime, record: Record, *, comment: str
) -> tuple[PolicyProposal, bool]:
    active = active_proposal()
    if active and active.version_id == version.pk:
        raise PolicyRefused("This text is active already")
    base = active.version if active else None
    existing = (
        PolicyProposal.objects.select_for_update(of=("self",))
        .select_related("version", "base")
        .filter(version=version, state=ProposalState.PROPOSED)
        .first()
    )
    if existing and existing.base == base:
        return existing, False
    if existing:
        decide(existing, ProposalState.REJECTED, author, now, comment=RENEWED)
        record(step("policy.rejected", existing, author, now))
    proposal = PolicyProposal.objects.create(
        version=version,
        base=base,
        comment=comment,
        proposed_at=now,
        proposed_by_email=author.email,
        proposed_by_subject=author.subject,
    )
    record(step("policy.proposed", proposal, author, now))
    return proposal, True


def version_of(reading: Reading, text: str, author: Person, now: datetime) -> PolicyVersion:
    """Return the version with this text; it is made when there is none."""
    version, _ = PolicyVersion.objects.get_or_create(
        sha256=reading.sha256,
        defaults={
            "text": text,
            "author_email": author.email,
            "author_subject": author.subject,
            "created_at": now,
        },
    )
    return version


def active_proposal() -> PolicyProposal | None:
    """Return the proposal that is active, locked until the end of the transaction."""
    return (
        PolicyProposal.objects.select_for_update(of=("self",))
        .select_related("version")
        .filter(state=ProposalState.ACTIVE)
        .first()
    )


def decide(
    proposal: PolicyProposal,
    state: ProposalState,
    person: Person,
    now: datetime,
    *,
    comment: str = "",
) -> None:
    """Save the decision on a proposal."""
    proposal.state = state
    proposal.decided_at = now
    proposal.decided_by_email = person.email
    proposal.decided_by_subject = person.subject
    proposal.decision_comment = comment
    proposal.was_second_person = not person.is_same_as(
        proposal.proposed_by_email, proposal.proposed_by_subject
    )
    proposal.save()

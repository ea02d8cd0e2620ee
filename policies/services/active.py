"""The version that is active: one query for each question, and each text is read once per process."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from eligibility.compiled import Compiled
from policies.document.problems import InvalidDocument
from policies.document.reading import Reading, digest, read
from policies.models import PolicyProposal, PolicyVersion, ProposalState
from policies.rules.policy import Policy
from policies.rules.requirements import Environment, Requirements, of_environment, of_rule

if TYPE_CHECKING:
    from policies.document.shape import Approval, Document, Rule

KEPT_READINGS = 16


class UnusablePolicy(Exception):
    """A version is active, but neither it nor one before it can be read. Nothing may be decided."""


@dataclass(frozen=True, slots=True)
class ActivePolicy:
    """The version in force. `fault` says why a newer one is not, and is empty otherwise."""

    version: int
    sha256: str
    document: Document
    activated_at: datetime
    fault: str = ""


# A version that was activated: number, hash, time.
_Row = tuple[int, str, datetime]


def active_policy() -> ActivePolicy | None:
    """Return the version in force; None when there is none, so that the environment's values hold.

    When an upgrade cannot read the active text, the last one before it that can be read is in force.

    :raises UnusablePolicy: when none of them can be read, or the text was tampered with.
    """
    active = _ACTIVE.first()
    if active is None:
        return None
    try:
        return _policy(active)
    except InvalidDocument as error:
        return _last_good(_fault(active, error))


def _policy(found: _Row, fault: str = "") -> ActivePolicy:
    version, sha256, at = found
    return ActivePolicy(version, sha256, _readable(sha256).document, at, fault=fault)


def _last_good(fault: str) -> ActivePolicy:
    for found in _activated().filter(state=ProposalState.REPLACED):
        with suppress(InvalidDocument):
            return _policy(found, f"{fault} Version {found[0]} stays in force.")
    raise UnusablePolicy(fault)


def active_rules(environment: Environment) -> tuple[Policy, ActivePolicy | None]:
    """Return the rules in force, ready to be asked, and the version that they are from.

    :raises UnusablePolicy: as `active_policy`.
    """
    active = active_policy()
    return _ready(active.sha256 if active else "", environment), active


def active_version() -> PolicyProposal | None:
    """Return the version that is marked as active, as it was activated; None when there is none.

    It is not read, so this also tells of one that cannot be.
    """
    found = PolicyProposal.objects.filter(state=ProposalState.ACTIVE)
    return found.select_related("version").first()


def active_fault() -> str:
    """Return why the active version is not in force; empty when it is, or when none is active."""
    try:
        active = active_policy()
    except UnusablePolicy as error:
        return f"Nothing can be requested or approved. {error}"
    return active.fault if active else ""


def active_text() -> str | None:
    """Return the text of the active version, for an export; None when there is none."""
    found = active_version()
    return found.version.text if found else None


def text_of(sha256: str) -> str:
    """Return the text of any version by its hash.

    :raises PolicyVersion.DoesNotExist: when there is none.
    """
    return PolicyVersion.objects.get(sha256=sha256).text


def document_of(sha256: str) -> Document:
    """Return the document of any version by its hash, such as the one that a request was made under.

    :raises InvalidDocument: when this version of the application cannot read it.
    :raises PolicyVersion.DoesNotExist: when there is none.
    """
    return _readable(sha256).document


def kept_requirements(
    *, sha256: str, rule: str, environment: Environment, is_mpa: bool
) -> Requirements:
    """Return what a rule of any version requires, with the environment's present values.

    Without the name of a rule, the environment's values alone.

    :raises UnusablePolicy: when this version cannot read the text.
    """
    if not rule:
        return of_environment(environment, is_mpa=is_mpa)
    return of_rule(_kept_rule(sha256, rule), environment, is_mpa=is_mpa)


def kept_approval(*, sha256: str, rule: str) -> Approval | None:
    """Return the stages of a rule of any version, with its reminder and escalation; None when it has none.

    :raises UnusablePolicy: when this version cannot read the text.
    """
    return _kept_rule(sha256, rule).require.approval if rule else None


def _kept_rule(sha256: str, rule: str) -> Rule:
    try:
        document = _readable(sha256).document
    except (InvalidDocument, PolicyVersion.DoesNotExist) as error:
        raise UnusablePolicy(f"The version {sha256[:12]} cannot be read: {error}") from error
    for found in document.rules:
        if found.name == rule:
            return found
    raise UnusablePolicy(f"The version {sha256[:12]} has no rule {rule!r}")


def _readable(sha256: str) -> Reading:
    found = _reading(sha256)
    if isinstance(found, InvalidDocument):
        raise found
    return found


@lru_cache(maxsize=KEPT_READINGS)
def _reading(sha256: str) -> Reading | InvalidDocument:
    """A text never changes, so what was read of it is kept, errors included."""
    text = text_of(sha256)
    if digest(text) != sha256:
        raise UnusablePolicy(f"The text of the version {sha256[:12]} is not the one of its hash.")
    try:
        return read(text)
    except InvalidDocument as error:
        return error


@lru_cache(maxsize=KEPT_READINGS)
def _ready(sha256: str, environment: Environment) -> Policy:
    return Policy(document_of(sha256) if sha256 else None, environment)


def _activated() -> QuerySet[PolicyProposal, Any]:
    """Versions that were activated, the latest first."""
    return PolicyProposal.objects.order_by("-decided_at", "-pk").values_list(
        "version_id", "version__sha256", "decided_at"
    )


_ACTIVE: Compiled[_Row] = Compiled(lambda: _activated().filter(state=ProposalState.ACTIVE)[:1])


def _fault(found: _Row, error: InvalidDocument) -> str:
    version, _, at = found
    return (
        f"Version {version}, activated on {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC, cannot be read by"
        f" this version of the application: {error.problems[0]}"
    )

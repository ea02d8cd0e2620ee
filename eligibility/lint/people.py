"""What is wrong with a binding because of the people and groups in it, as the index knows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from eligibility.facts import Binding
from eligibility.lint import commands
from eligibility.lint.finding import Finding, Kind
from eligibility.lint.rules import finding, named, subject

ENOUGH = 2
"""People who hold a role: each of two has the other as reviewer."""


@dataclass(frozen=True, slots=True)
class InactiveMember:
    """A person in a group whose account is suspended, archived or otherwise not active."""

    group: str
    email: str
    status: str


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """The people in a group, nested groups included, as far as lint needs them.

    `people` are at most `ENOUGH` e-mails. `unreadable` are groups with the reason. `is_complete` is false
    when there may be more people, because a group was not read, or contains everybody of a domain.
    """

    people: frozenset[str] = frozenset()
    inactive: tuple[InactiveMember, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    is_complete: bool = True


def unreadable_groups(binding: Binding, groups: Iterable[GroupFacts]) -> Iterator[Finding]:
    """Yield one finding when groups of a binding, or groups inside them, cannot be read."""
    found = {email: warning for group in groups for email, warning in group.unreadable}
    if not found:
        return
    reasons = "; ".join(dict.fromkeys(warning for warning in found.values() if warning))
    yield finding(
        Kind.UNREADABLE_GROUP,
        binding,
        f"JIT Access cannot read groups that make people eligible for {subject(binding)}:"
        f" {named(found)}.{f' {reasons}.' if reasons else ''} Their members cannot activate"
        " the role. If a group no longer exists, remove it from the binding; otherwise allow the service"
        " account to read groups. The command shows the groups.",
        commands.describe_groups(found),
        [f"group:{email}" for email in found],
    )


def inactive_people(
    binding: Binding, statuses: Mapping[str, str], groups: Iterable[GroupFacts]
) -> Iterator[Finding]:
    """Yield findings about accounts that cannot sign in; `statuses` are those of people by e-mail."""
    direct = [
        member
        for member in binding.members
        if member.lower().startswith("user:") and member.lower()[len("user:") :] in statuses
    ]
    if direct:
        states = {statuses[member.lower()[len("user:") :]].lower() for member in direct}
        yield finding(
            Kind.SUSPENDED,
            binding,
            f"Accounts in the binding {subject(binding)} are not active ({', '.join(sorted(states))}):"
            f" {named(direct)}. If these people have left, remove them from the binding.",
            commands.remove(binding, direct),
            direct,
        )
    yield from _inactive_in_groups(binding, groups)


def _inactive_in_groups(binding: Binding, groups: Iterable[GroupFacts]) -> Iterator[Finding]:
    by_group: dict[str, list[InactiveMember]] = {}
    for facts in groups:
        for member in facts.inactive:
            by_group.setdefault(member.group, []).append(member)
    for group, members in by_group.items():
        emails = list(dict.fromkeys(member.email for member in members))
        states = sorted({member.status.lower() for member in members})
        yield finding(
            Kind.SUSPENDED,
            binding,
            f"Accounts in group {group}, which makes people eligible for {subject(binding)}, are not"
            f" active ({', '.join(states)}): {named(emails)}. If these people have left, remove them"
            " from the group.",
            commands.leave_group(group, emails),
            [f"user:{email}" for email in emails],
        )


def no_reviewer(
    binding: Binding, holders: GroupFacts, designated: GroupFacts = GroupFacts()
) -> Iterator[Finding]:
    """Yield a finding when only one person holds a role that peers must approve.

    `holders` are all who hold the role wherever the binding applies, `designated` the configured
    reviewers.
    """
    people = holders.people | designated.people
    if not holders.people or len(people) >= ENOUGH:
        return
    if not (holders.is_complete and designated.is_complete):
        return
    yield finding(
        Kind.NO_REVIEWER,
        binding,
        f"Nobody can approve requests for {subject(binding)}: {named(sorted(holders.people))} is the only"
        " person who holds it, and nobody can approve their own request. Make a second person eligible"
        " on the same condition, or set REVIEWERS. Replace REVIEWER_EMAIL in the command.",
        commands.add(binding, "user:REVIEWER_EMAIL"),
    )

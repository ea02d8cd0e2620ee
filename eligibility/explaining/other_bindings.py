"""Steps for administrators about bindings of the role that do not lead to the person."""

from __future__ import annotations

from collections.abc import Iterator

from eligibility.conditions import read_eligibility
from eligibility.entitlements import ActivationType
from eligibility.explaining import commands
from eligibility.explaining.candidates import bound_groups, direct_groups, meant_for_us
from eligibility.explaining.looks import CloserLook, Failed, Findings, FirstLook
from eligibility.explaining.steps import Check, Step, failed, info, unknown
from eligibility.explaining.subject import Subject, advised
from eligibility.facts import Binding, bindings_in, place
from eligibility.people import People

MOST_NAMED = 20
_COUNTED = ("user:", "group:")


def missing_binding(look: FirstLook) -> Step:
    """Return that nothing names the person, with the command that would change it."""
    question = look.question
    return failed(
        Check.BINDING,
        f"No binding of {question.role} on project {question.project_id}, or on the folders and the"
        f" organization above it within the scope, names {Subject.of(question).name} or one of"
        f" {Subject.of(question).own_groups}.",
        advised(question, "Bind the role with a marker as its condition, preferably to a group."),
        commands.make_eligible(
            question.project_id, user=question.user, role=question.role, kind=ActivationType.JIT
        ),
    )


def other_bindings(look: FirstLook, closer: CloserLook, findings: Findings) -> Iterator[Step]:
    """Yield who is named instead, and members that were probably meant to be the person."""
    for binding in meant_for_us(look):
        where = place(binding.attached_resource)
        named = ", ".join(binding.members[:MOST_NAMED])
        more = len(binding.members) - MOST_NAMED
        rest = f" and {more} more" if more > 0 else ""
        yield info(
            Check.BINDING,
            f"A binding of {binding.role} on {where} names {named}{rest}.",
            command=commands.show_bindings(binding.attached_resource, binding.role),
        )
        yield from _meant(look, binding, closer, findings)
    yield from _above(look, closer)


def membership_steps(look: FirstLook, closer: CloserLook) -> Iterator[Step]:
    """Yield what the members of the groups bound to the role tell about the person's account."""
    if not isinstance(closer.people, Failed) and look.question.user in closer.people.suspended:
        yield failed(
            Check.MEMBERSHIP,
            f"The account {look.question.user} is suspended, so the person cannot sign in.",
            "Reactivate the account in the Google Admin console.",
        )


def _meant(
    look: FirstLook, binding: Binding, closer: CloserLook, findings: Findings
) -> Iterator[Step]:
    members = [member.lower() for member in binding.members]
    domain = look.question.user.rpartition("@")[2]
    if f"domain:{domain}" in members:
        yield _not_counted(f"The binding names domain:{domain}", look)
    if any(member.startswith(f"deleted:user:{look.question.user}?") for member in members):
        yield _not_counted(f"The binding names a deleted account {look.question.user}", look)
    for address in sorted(_other_addresses(look, closer, findings)):
        if f"user:{address}" in members:
            yield failed(
                Check.MEMBERSHIP,
                f"The binding names {address}, another address of the same account. Only the"
                f" address that the person signs in with counts: {look.question.user}.",
                f"Replace user:{address} by user:{look.question.user} in the binding.",
                commands.show_bindings(binding.attached_resource, binding.role),
            )
    if any(not member.startswith((*_COUNTED, "domain:", "deleted:")) for member in members):
        text = (
            "The binding names principals that are neither people nor groups; these do not count."
        )
        yield info(Check.MEMBERSHIP, text)
    yield from _groups(look, binding, closer)


def _not_counted(what: str, look: FirstLook) -> Step:
    return failed(
        Check.MEMBERSHIP,
        f"{what}; only people and groups count.",
        f"Name {look.question.user}, or a group with the person in it.",
    )


def _other_addresses(look: FirstLook, closer: CloserLook, findings: Findings) -> frozenset[str]:
    """Addresses of the account: by our records, and by the ids of members of groups."""
    people = closer.people
    if isinstance(people, Failed):
        return findings.other_addresses
    account = findings.account or people.ids.get(look.question.user)
    return findings.other_addresses | (_aliases(look, people, account) if account else frozenset())


def _aliases(look: FirstLook, people: People, account: str) -> frozenset[str]:
    same = {address for address, id_ in people.ids.items() if id_ == account}
    return frozenset(same - {look.question.user})


def _groups(look: FirstLook, binding: Binding, closer: CloserLook) -> Iterator[Step]:
    groups = [member[6:].lower() for member in binding.members if member.startswith("group:")]
    if isinstance(closer.people, Failed):
        if groups:
            text = f"The members of {', '.join(groups)} could not be read: {closer.people.message}."
            yield unknown(Check.GROUP, text, "Try again in a minute.")
        return
    for group in sorted(closer.people.with_everybody.intersection(groups)):
        yield _not_counted(f"{group} has everyone in the organization as a member", look)


def unread_groups(look: FirstLook, closer: CloserLook) -> Iterator[Step]:
    """Yield the groups bound to the role, or inside these, whose members cannot be read."""
    if isinstance(closer.people, Failed):
        return
    only_the_persons = direct_groups(look) - bound_groups(look)
    for group in sorted(closer.people.unread - only_the_persons):
        yield unknown(
            Check.GROUP,
            f"The members of {group} cannot be read: the group was deleted, belongs to another"
            " organization, or JIT Access has no access to it. It makes nobody eligible.",
            "Name people directly, or use a group of your organization.",
            commands.show_members(group),
        )


def _above(look: FirstLook, closer: CloserLook) -> Iterator[Step]:
    for binding in bindings_in(closer.above):
        reading = read_eligibility(binding.expression)
        is_wanted = binding.role == look.question.role and reading is not None
        if is_wanted and look.facts.principals.via(binding.members):
            where = place(binding.attached_resource)
            yield failed(
                Check.SCOPE,
                f"A binding of {binding.role} on {where} has a marker and names"
                f" {look.question.user}, but {where} is above the scope {closer.scope}.",
                "Set the binding within the scope, or change RESOURCE_SCOPE.",
                commands.show_bindings(binding.attached_resource, binding.role),
            )

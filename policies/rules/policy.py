"""A document made ready for many questions: which rule decides, and which facts that depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from eligibility.entitlements import ActivationType
from policies.rules.facts import FactsMissing, FactsNeeded, RoleFacts
from policies.rules.requirements import Environment, Requirements, of_environment, of_rule
from policies.rules.wildcards import WildcardIndex

if TYPE_CHECKING:
    from policies.document.shape import Document, Rule, When

# A set of rules is a number: bit n is set when rule n is in it.
Rules = int
NONE: frozenset[str] = frozenset()
KEPT_VALUES = 2048


@dataclass(frozen=True, slots=True)
class _Match:
    """Rules that match for certain, and those that do if facts that were not read say so."""

    certain: Rules
    possible: Rules

    @property
    def first_certain(self) -> Rules:
        return self.certain & -self.certain

    @property
    def first_possible(self) -> Rules:
        return self.possible & -self.possible

    @property
    def to_be_considered(self) -> Rules:
        """The rules of which one decides: all that are possible, up to the first that is certain."""
        last = self.first_certain
        return self.possible & ((last << 1) - 1) if last else self.possible


@dataclass(frozen=True, slots=True)
class Condition:
    """The keys of a rule that decide whether it matches, and whose facts were not read."""

    folders: frozenset[str]
    requesters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is required if a rule matches; without a condition, it matches for certain."""

    requirements: Requirements
    condition: Condition | None = None


class Policy:
    """The rules of a document with the environment's values; never changes after it was made.

    Without a document, the environment's values hold alone.
    """

    def __init__(self, document: Document | None, environment: Environment) -> None:
        rules = document.rules if document else ()
        self._rules = rules
        self._projects = _Key(rules, lambda rule: rule.when.projects)
        self._folders = _Key(rules, lambda rule: rule.when.folders)
        self._roles = _Key(rules, lambda rule: rule.when.roles)
        self._requesters = _Key(rules, lambda rule: rule.when.requesters)
        self._types = {
            one: _bits(rules, lambda rule: not rule.when.types or one.value in rule.when.types)  # noqa: B023  # called before the next
            for one in ActivationType
        }
        self._with_groups = _bits(rules, lambda rule: any(_groups(rule.when.requesters)))
        self._answers = {one: _answers(rules, environment, one) for one in ActivationType}
        self._otherwise = {
            one: of_environment(environment, is_mpa=one is ActivationType.MPA)
            for one in ActivationType
        }

    @property
    def has_stages(self) -> bool:
        """Whether some rule demands approval in stages."""
        return any(rule.require.approval for rule in self._rules)

    def requirements(self, facts: RoleFacts) -> Requirements:
        """Return what is required of a role: of the first rule that matches, or of the environment.

        :raises FactsMissing: when that depends on facts that were not read.
        """
        match = self._match(facts)
        first = match.first_possible
        if not first:
            return self._otherwise[facts.activation_type]
        number = first.bit_length() - 1
        if not first & match.certain:
            raise FactsMissing(
                f"Whether the rule {self._rules[number].name!r} matches {facts.role} on"
                f" {facts.project_id} is not known, because folders or groups were not read"
            )
        return self._answers[facts.activation_type][number]

    def candidates(self, facts: RoleFacts) -> tuple[Candidate, ...]:
        """Return the rules of which one decides, in order; without facts that were not read, there is one.

        The last one decides for certain; it is the environment when no rule does.
        """
        match = self._match(facts)
        found = [
            Candidate(
                self._answers[facts.activation_type][number],
                None if match.certain >> number & 1 else _condition(self._rules[number].when),
            )
            for number in _numbers(match.to_be_considered)
        ]
        if not match.certain:
            found.append(Candidate(self._otherwise[facts.activation_type]))
        return tuple(found)

    def needed(
        self, *, project_id: str, requester: str, roles: Iterable[tuple[str, ActivationType]]
    ) -> FactsNeeded:
        """Return what must be read before these roles can be asked for."""
        considered = 0
        for role, activation_type in roles:
            facts = RoleFacts(project_id, role, activation_type, requester)
            considered |= self._match(facts).to_be_considered
        found = [self._rules[number] for number in _numbers(considered)]
        return FactsNeeded(
            ancestry=any(rule.when.folders for rule in found),
            requester_groups=frozenset(
                group for rule in found for group in _groups(rule.when.requesters)
            ),
            break_glass_groups=frozenset(
                group
                for rule in found
                if rule.break_glass
                for group in _groups(rule.break_glass.who)
            ),
        )

    def _match(self, facts: RoleFacts) -> _Match:
        common = self._roles.rules(facts.role) & self._types[facts.activation_type]
        if common:
            common &= self._projects.rules(facts.project_id)
        if not common:
            return _Match(0, 0)
        folders = self._folders.rules_of_any(facts.folders or NONE)
        people = self._requesters.rules(f"user:{facts.requester.lower()}")
        people |= self._requesters.rules_of_any(facts.groups or NONE)
        certain = common & folders & people
        if facts.folders is None:
            folders |= ~self._folders.everything
        if facts.groups is None or not facts.groups_are_complete:
            people |= self._with_groups
        return _Match(certain, common & folders & people)


class _Key:
    """One key of `when`: which rules hold for a value of it."""

    def __init__(self, rules: tuple[Rule, ...], wanted: Callable[[Rule], tuple[str, ...]]) -> None:
        # Rules without the key hold for everything.
        self.everything = _bits(rules, lambda rule: not wanted(rule))
        self._index = WildcardIndex(
            (wildcard, 1 << number)
            for number, rule in enumerate(rules)
            for wildcard in wanted(rule)
        )

        # Lists ask for many roles of the same project and person, one after the other.
        self.rules = lru_cache(maxsize=KEPT_VALUES)(self._rules_of)
        self.rules_of_any = lru_cache(maxsize=KEPT_VALUES)(self._rules_of_any)

    def _rules_of(self, value: str) -> Rules:
        return self.everything | self._index.rules(value)

    def _rules_of_any(self, values: frozenset[str]) -> Rules:
        found = self.everything
        for value in values:
            found |= self._index.rules(value)
        return found


def _condition(when: When) -> Condition:
    return Condition(frozenset(when.folders), frozenset(when.requesters))


def _answers(
    rules: tuple[Rule, ...], environment: Environment, activation_type: ActivationType
) -> tuple[Requirements, ...]:
    is_mpa = activation_type is ActivationType.MPA
    return tuple(of_rule(rule, environment, is_mpa=is_mpa) for rule in rules)


def _groups(principals: Iterable[str]) -> Iterator[str]:
    return (one for one in principals if one.startswith("group:"))


def _bits(rules: tuple[Rule, ...], holds: Callable[[Rule], bool]) -> Rules:
    return sum(1 << number for number, rule in enumerate(rules) if holds(rule))


def _numbers(rules: Rules) -> Iterator[int]:
    while rules:
        lowest = rules & -rules
        yield lowest.bit_length() - 1
        rules ^= lowest

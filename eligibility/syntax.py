"""The nodes of a condition's syntax tree, named as in CEL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias


class Unparseable(Exception):
    """The text is not CEL, or exceeds CEL's limits on length or nesting."""


@dataclass(frozen=True, slots=True)
class Literal:
    """An unsigned number, Boolean, null or bytes literal in canonical form."""

    text: str

    @property
    def is_number(self) -> bool:
        return self.text[0].isdigit()


@dataclass(frozen=True, slots=True)
class String:
    value: str


@dataclass(frozen=True, slots=True)
class Name:
    text: str


@dataclass(frozen=True, slots=True)
class Select:
    operand: "Node"
    field: str


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple["Node", ...]
    target: "Node | None" = None


@dataclass(frozen=True, slots=True)
class Operator:
    """`!`, `-`, a binary operator, `[]` or `?:`. A chain of `&&` or `||` is one node with all operands."""

    symbol: str
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class MapOf:
    entries: tuple[tuple["Node", "Node"], ...]


@dataclass(frozen=True, slots=True)
class Message:
    type_name: "Node"
    fields: tuple[tuple[str, "Node"], ...]


Node: TypeAlias = Literal | String | Name | Select | Call | Operator | ListOf | MapOf | Message


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Select(operand=operand):
            return (operand,)
        case Call(arguments=arguments, target=target):
            return arguments if target is None else (target, *arguments)
        case Operator(operands=nodes) | ListOf(items=nodes):
            return nodes
        case MapOf(entries=entries):
            return tuple(node for entry in entries for node in entry)
        case Message(type_name=type_name, fields=fields):
            return (type_name, *(value for _, value in fields))
        case _:
            return ()


def levels(roots: Sequence[Node]) -> Iterator[Sequence[Node]]:
    """Yield the tree level by level, parents before children, without recursion."""
    level = roots
    while level:
        yield level
        level = [child for node in level for child in children(node)]


def conjuncts(clauses: Sequence[Node]) -> tuple[Node, ...]:
    """Flatten nested `&&` operators, because parentheses do not change a conjunction."""
    flat: list[Node] = []
    waiting = list(reversed(clauses))
    while waiting:
        node = waiting.pop()
        if isinstance(node, Operator) and node.symbol == "&&":
            waiting.extend(reversed(node.operands))
        else:
            flat.append(node)
    return tuple(flat)

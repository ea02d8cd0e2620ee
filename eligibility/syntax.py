"""The nodes of a condition's syntax tree, named as in CEL, and its literals as their tokens spell them."""

import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

_ESCAPE = (
    r"""\\(?:[abfnrtv\\?"'`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})"""
)
_ONE_ESCAPE = re.compile(_ESCAPE)
_ESCAPED = re.compile(rf"(?:[^\\]|{_ESCAPE})*")
_NAMED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_TRIPLE = ('"""', "'''")
_LONGEST_INTEGER = 20  # digits of 2**64


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


def string(token: str) -> String:
    """Decode a string token.

    :raises Unparseable: when it contains an escape or a quote that CEL does not allow.
    """
    return String(_ONE_ESCAPE.sub(lambda match: _character(match[0]), _content(token)))


def octets(token: str) -> Literal:
    """Decode a bytes token and return it in canonical form.

    :raises Unparseable: when it contains an escape that bytes do not allow.
    """
    content = _content(token[1:])
    parts = [
        _octet(piece) if piece.startswith("\\") else piece.encode()
        for piece in re.split(f"({_ESCAPE})", content)
    ]
    return Literal('b"' + "".join(f"\\{octet:03o}" for octet in b"".join(parts)) + '"')


def integer(token: str) -> Node:
    """Decode an integer token.

    :raises Unparseable: when it does not fit into a signed 64-bit integer.
    """
    token = "".join(token.split())
    magnitude = _magnitude(token.lstrip("-"), limit=2**63 if token.startswith("-") else 2**63 - 1)
    return _signed(token, str(magnitude))


def unsigned(token: str) -> Literal:
    """Decode a token of an unsigned integer.

    :raises Unparseable: when it does not fit into an unsigned 64-bit integer.
    """
    return Literal(f"{_magnitude(token[:-1], limit=2**64 - 1)}u")


def double(token: str) -> Node:
    """Decode a floating-point token.

    :raises Unparseable: when it is out of the range of a double.
    """
    token = "".join(token.split())
    text = token.lstrip("-")
    if not math.isfinite(float(text)):
        raise Unparseable("it is not CEL")
    return _signed(token, _as_java_prints(float(text)))


def _content(token: str) -> str:
    """Return the text between the quotes, with raw backslashes escaped and line ends as line feeds."""
    raw = token[0] in "rR"
    body = token[1:] if raw else token
    quote = body[:3] if body.startswith(_TRIPLE) and len(body) >= 2 * 3 else body[0]
    content = body[len(quote) : -len(quote)].replace("\r\n", "\n").replace("\r", "\n")
    if raw:
        return content.replace("\\", "\\\\")
    if not _ESCAPED.fullmatch(content):
        raise Unparseable("it is not CEL")
    return content


def _character(escape: str) -> str:
    kind = escape[1]
    if kind in "xXuU":
        return _scalar(int("0x" + escape[2:], 0))
    if kind.isdigit():
        return chr(int(escape[1:], 8))
    return _NAMED.get(kind, kind)


def _scalar(code_point: int) -> str:
    is_surrogate = 0xD800 <= code_point <= 0xDFFF
    if code_point > sys.maxunicode or is_surrogate:
        raise Unparseable("it is not CEL")
    return chr(code_point)


def _octet(escape: str) -> bytes:
    if escape[1] in "uU":
        raise Unparseable("it is not CEL")
    return _character(escape).encode("latin-1")


def _magnitude(text: str, *, limit: int) -> int:
    hexadecimal = text.startswith("0x")
    digits = text.removeprefix("0x").lstrip("0")
    if len(digits) > _LONGEST_INTEGER:
        raise Unparseable("it is not CEL")
    value = int(digits or "0", 16 if hexadecimal else 10)
    if value > limit:
        raise Unparseable("it is not CEL")
    return value


def _signed(token: str, text: str) -> Node:
    literal = Literal(text)
    return Operator("-", (literal,)) if token.startswith("-") else literal


def _as_java_prints(value: float) -> str:
    if value == 0 or 1e-3 <= value < 1e7:  # where Java writes no exponent
        return repr(value)
    _, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    first, *rest = (str(digit) for digit in digits)
    return f"{first}.{''.join(rest) or '0'}E{len(rest) + int(exponent)}"

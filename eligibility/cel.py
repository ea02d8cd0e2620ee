"""Parses conditions as CEL, within the limits of Google's parser, and prints them in canonical form.

Role ids and bindings contain the canonical form.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from eligibility import usual_conditions
from eligibility.syntax import (
    Call,
    ListOf,
    Literal,
    MapOf,
    Message,
    Name,
    Node,
    Operator,
    Select,
    String,
    Unparseable,
    levels,
)

__all__ = ["Unparseable", "parse"]

LONGEST = 100_000  # code points
DEEPEST = 250
_BINDING_STRENGTH = {"?:": 0, "||": 1, "&&": 2, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "[]": 7}
_RELATION = 3
_UNARY = 6
_NAMED = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v"}
_CONTROL = [*range(0x20), *range(0x7F, 0xA0)]
_ESCAPES = {code: f"\\u{code:04x}" for code in _CONTROL} | {
    ord(character): f"\\{name}" for character, name in {**_NAMED, '"': '"', "\\": "\\"}.items()
}
Texts = Mapping[int, str]


def parse(text: str) -> tuple[Node, ...]:
    """Return the operands of the top-level `&&`, in order, or the whole expression as the only item.

    :raises Unparseable: when the text is not CEL within its limits.
    """
    if usual := usual_conditions.read(text):
        return usual
    if len(text) > LONGEST:
        raise Unparseable("it is too long")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Unparseable("it is not Unicode")
    clauses = _parser()(text)
    if sum(1 for _ in levels(clauses)) > DEEPEST:
        raise Unparseable("it is nested too deeply")
    return clauses


@cache
def _parser() -> Callable[[str], tuple[Node, ...]]:
    # Loading lark takes 200 ms and 20 MiB, so a process loads it with the first unusual condition it reads.
    from eligibility import cel_grammar  # noqa: PLC0415 - see above

    return cel_grammar.load()


def canonical(clauses: Sequence[Node]) -> str:
    """Return the conjunction of the clauses as canonical CEL, empty when there are none."""
    if not clauses:
        return ""
    root = clauses[0] if len(clauses) == 1 else Operator("&&", tuple(clauses))
    texts: dict[int, str] = {}
    for level in reversed(list(levels([root]))):
        texts.update((id(node), _show(node, texts)) for node in level)
    return texts[id(root)]


def quoted(value: str) -> str:
    """Return a CEL string literal. Escapes only control characters, quotes and backslashes."""
    return f'"{value.translate(_ESCAPES)}"'


def _show(node: Node, texts: Texts) -> str:
    match node:
        case Literal(text=text) | Name(text=text):
            return text
        case String(value=value):
            return quoted(value)
        case Operator():
            return _operator(node, texts)
        case Call():
            return _call(node, texts)
        case Select(operand=operand, field=field):
            return f"{_target(operand, texts)}.{field}"
        case _:
            return _collection(node, texts)


def _collection(node: ListOf | MapOf | Message, texts: Texts) -> str:
    match node:
        case ListOf(items=items):
            return f"[{_listed(items, texts)}]"
        case MapOf(entries=entries):
            return _braced([(texts[id(key)], value) for key, value in entries], texts)
    return texts[id(node.type_name)] + _braced(node.fields, texts)


def _braced(entries: Sequence[tuple[str, Node]], texts: Texts) -> str:
    return "{" + ", ".join(f"{key}: {texts[id(value)]}" for key, value in entries) + "}"


def _call(node: Call, texts: Texts) -> str:
    target = "" if node.target is None else _target(node.target, texts) + "."
    return f"{target}{node.function}({_listed(node.arguments, texts)})"


def _listed(nodes: Sequence[Node], texts: Texts) -> str:
    return ", ".join(texts[id(node)] for node in nodes)


def _operator(node: Operator, texts: Texts) -> str:
    match node.operands:
        case (operand,):
            return node.symbol + _in_parentheses(operand, texts, when=_needs_unary_parentheses)
        case (operand, index) if node.symbol == "[]":
            return f"{_target(operand, texts)}[{texts[id(index)]}]"
        case (condition, then, otherwise) if node.symbol == "?:":
            shown = [
                _in_parentheses(part, texts, when=_is_complex)
                for part in (condition, then, otherwise)
            ]
            return "{} ? {} : {}".format(*shown)
        case (first, *others):
            return _infix(node.symbol, first, others, texts)
        case _:
            raise ValueError(f"{node.symbol} without operands")


def _infix(symbol: str, first: Node, others: Sequence[Node], texts: Texts) -> str:
    mine = _BINDING_STRENGTH.get(symbol, _RELATION)
    least = mine if symbol in ("&&", "||") else mine + 1
    shown = [
        _in_parentheses(first, texts, when=lambda node: _strength(node) < mine),
        *(
            _in_parentheses(other, texts, when=lambda node: _strength(node) < least)
            for other in others
        ),
    ]
    return f" {symbol} ".join(shown)


def _target(node: Node, texts: Texts) -> str:
    return _in_parentheses(node, texts, when=_needs_target_parentheses)


def _in_parentheses(node: Node, texts: Texts, *, when: Callable[[Node], bool]) -> str:
    text = texts[id(node)]
    return f"({text})" if when(node) else text


def _strength(node: Node) -> int:
    if not isinstance(node, Operator):
        return _BINDING_STRENGTH["[]"]
    return _UNARY if len(node.operands) == 1 else _BINDING_STRENGTH.get(node.symbol, _RELATION)


def _is_complex(node: Node) -> bool:
    match node:
        case Operator(operands=parts) | Call(arguments=parts):
            return len(parts) > 1
        case _:
            return False


def _needs_unary_parentheses(node: Node) -> bool:
    return _is_complex(node) or isinstance(node, Operator)


def _needs_target_parentheses(node: Node) -> bool:
    if isinstance(node, Literal):
        return node.is_number
    return isinstance(node, Operator) and node.symbol != "[]"

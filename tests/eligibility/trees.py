"""Random syntax trees, and a form of them that ignores grouping."""

from hypothesis import strategies as st

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
)

WORDS = st.sampled_from(["a", "resource", "in_", "nullable", "r", "b", "x1"])
LITERALS = st.sampled_from(
    [
        "0",
        "16",
        "9223372036854775807",
        "1u",
        "1.5",
        "1.0E10",
        "1.0E-5",
        "true",
        "null",
        'b"\\141\\377"',
    ]
).map(Literal)
BINARY = ["==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%", "&&", "||", "[]"]


def trees() -> st.SearchStrategy[Node]:
    leaves = st.one_of(WORDS.map(Name), LITERALS, st.text(max_size=6).map(String))
    return st.recursive(leaves, _larger, max_leaves=12)


def _larger(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Select, inner, WORDS),
        st.builds(Call, WORDS, several),
        st.builds(Call, WORDS, several, inner),
        st.builds(Operator, st.sampled_from(["!", "-"]), st.tuples(inner)),
        st.builds(Operator, st.sampled_from(BINARY), st.tuples(inner, inner)),
        st.builds(Operator, st.just("?:"), st.tuples(inner, inner, inner)),
        st.builds(ListOf, several),
        st.builds(MapOf, st.lists(st.tuples(inner, inner), max_size=2).map(tuple)),
        st.builds(
            Message, WORDS.map(Name), st.lists(st.tuples(WORDS, inner), max_size=2).map(tuple)
        ),
    )


def ungrouped(node: Node) -> Node:
    """Flatten `&&` in `&&` and `||` in `||` and remove double negations, which keeps the meaning."""
    match node:
        case Operator(symbol=symbol, operands=operands):
            return _operator(symbol, tuple(map(ungrouped, operands)))
        case Select(operand=operand, field=field):
            return Select(ungrouped(operand), field)
        case Call(function=function, arguments=arguments, target=target):
            target = None if target is None else ungrouped(target)
            return Call(function, tuple(map(ungrouped, arguments)), target)
        case ListOf(items=items):
            return ListOf(tuple(map(ungrouped, items)))
        case MapOf(entries=entries):
            return MapOf(tuple((ungrouped(key), ungrouped(value)) for key, value in entries))
        case Message(type_name=name, fields=fields):
            return Message(name, tuple((field, ungrouped(value)) for field, value in fields))
        case _:
            return node


def _operator(symbol: str, operands: tuple[Node, ...]) -> Node:
    if len(operands) == 1:
        (inner,) = operands
        if isinstance(inner, Operator) and (inner.symbol, len(inner.operands)) == (symbol, 1):
            return inner.operands[0]
    if symbol in ("&&", "||"):
        operands = tuple(part for operand in operands for part in _parts(symbol, operand))
    return Operator(symbol, operands)


def _parts(symbol: str, node: Node) -> tuple[Node, ...]:
    if isinstance(node, Operator) and node.symbol == symbol:
        return node.operands
    return (node,)

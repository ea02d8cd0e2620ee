"""Parses CEL into syntax trees, with cel-python's grammar adapted to Google's parser.

Only cel-python's grammar file is used. Importing celpy takes as long again and loads an evaluator
that eligibility does not need. IAM accepts what Google's parser (cel-go) accepts;
`google_cel.lark` overrides the rules of the grammar that differ from it.
"""

from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError

from eligibility import syntax
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
    Unparseable,
)

_RESERVED = """
as break const continue else for function if import let loop
namespace package return var void while
"""
RESERVED = frozenset(_RESERVED.split())
KEYWORDS = frozenset({"in", "null", "true", "false"})
# Macros and the numbers of arguments they take. The first argument names a variable.
_COMPREHENSIONS = {"all": (2,), "exists": (2,), "exists_one": (2,), "filter": (2,), "map": (2, 3)}


_LITERALS: dict[str, Callable[[str], Node]] = {
    "STRING_LIT": syntax.string,
    "MLSTRING_LIT": syntax.string,
    "BYTES_LIT": syntax.octets,
    "INT_LIT": syntax.integer,
    "UINT_LIT": syntax.unsigned,
    "FLOAT_LIT": syntax.double,
    "BOOL_LIT": Literal,
    "NULL_LIT": Literal,
}


class _Parenthesised:
    """A node in parentheses. Marking it keeps the two clauses of `(a && b) && c` separate."""

    def __init__(self, node: Node) -> None:
        self.node = node


class _ReservedName:
    """A reserved word, or a field selected from one. Only the name of a message type may begin so."""

    def __init__(self, node: Node) -> None:
        self.node = node


def _bare(built: Any) -> Any:
    if isinstance(built, _ReservedName):
        raise Unparseable("it is not CEL")
    return built.node if isinstance(built, _Parenthesised) else built


def _same(_: Any, parts: list[Any]) -> Any:
    return parts[0]


def _left(symbol: str) -> Callable[[Any, list[Any]], tuple[str, Node]]:
    return lambda _, parts: (symbol, _bare(parts[0]))


def _chain(symbol: str) -> Callable[[Any, list[Any]], Any]:
    def build(_: Any, parts: list[Any]) -> Any:
        if len(parts) == 1:
            return parts[0]
        first, last = parts
        if isinstance(first, Operator) and first.symbol == symbol:
            return Operator(symbol, (*first.operands, _bare(last)))
        return Operator(symbol, (_bare(first), _bare(last)))

    return build


def _binary(_: Any, parts: list[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    (symbol, left), right = parts
    return Operator(symbol, (left, _bare(right)))


def _pairs(parts: list[Any]) -> tuple[tuple[Any, Any], ...]:
    plain = [_bare(part) for part in parts]
    return tuple(zip(plain[::2], plain[1::2], strict=True))


def _identifier(word: str, *, forbidden: frozenset[str] = RESERVED | KEYWORDS) -> str:
    if word in forbidden:
        raise Unparseable("it is not CEL")
    return word


def _field(word: str) -> str:
    """Accept reserved words, which may name fields and methods, but not keywords."""
    return _identifier(word, forbidden=KEYWORDS)


class _Tree(Transformer[Token, Any]):
    """Builds the tree, with one method per grammar rule. Lark calls them bottom-up, without recursion."""

    conditionalor = _chain("||")
    conditionaland = _chain("&&")
    relation = addition = multiplication = _binary
    relation_lt, relation_le, relation_gt = _left("<"), _left("<="), _left(">")
    relation_ge, relation_eq, relation_ne = _left(">="), _left("=="), _left("!=")
    relation_in, addition_add, addition_sub = _left("in"), _left("+"), _left("-")
    multiplication_mul, multiplication_div, multiplication_mod = _left("*"), _left("/"), _left("%")
    member = primary = _same

    def literal(self, parts: list[Token]) -> Node:
        return _LITERALS[parts[0].type](str(parts[0]))

    def expr(self, parts: list[Any]) -> Any:
        if len(parts) == 1:
            return parts[0]
        return Operator("?:", tuple(_bare(part) for part in parts))

    def unary_not(self, parts: list[Token]) -> str:
        return "!" * len(parts)

    def unary_neg(self, parts: list[Token]) -> str:
        return "-" * len(parts)

    def unary(self, parts: list[Any]) -> Any:
        """Remove repeated operators in pairs, as Google's parser does."""
        if len(parts) == 1:
            return parts[0]
        symbols, operand = str(parts[0]), _bare(parts[1])
        return operand if len(symbols) % 2 == 0 else _negated(symbols[0], operand)

    def member_dot(self, parts: list[Any]) -> Any:
        operand, field = parts[0], _field(str(parts[1]))
        if isinstance(operand, _ReservedName):
            return _ReservedName(Select(operand.node, field))
        selected = Select(_bare(operand), field)
        # Only a chain of plain names can name a message type.
        return selected if isinstance(operand, Name | Select) else _Parenthesised(selected)

    def member_dot_arg(self, parts: list[Any]) -> Node:
        target, function, *rest = parts
        arguments: tuple[Node, ...] = rest[0] if rest else ()
        if len(arguments) in _COMPREHENSIONS.get(str(function), ()) and not isinstance(
            arguments[0], Name
        ):
            raise Unparseable("it is not CEL")
        return Call(_field(str(function)), arguments, _bare(target))

    def member_index(self, parts: list[Any]) -> Node:
        return Operator("[]", (_bare(parts[0]), _bare(parts[1])))

    def member_object(self, parts: list[Any]) -> Node:
        named, *fields = parts
        type_name = named.node if isinstance(named, _ReservedName) else named
        if not isinstance(type_name, Name | Select):
            raise Unparseable("it is not CEL")
        return Message(type_name, fields[0] if fields else ())

    def ident(self, parts: list[Any]) -> Any:
        return _named(str(parts[0]))

    def dot_ident(self, parts: list[Any]) -> Any:
        return _named(str(parts[0]), prefix=".")

    def ident_arg(self, parts: list[Any]) -> Call:
        function = _identifier(str(parts[0]))
        arguments: tuple[Node, ...] = parts[1] if len(parts) > 1 else ()
        is_presence_test = len(arguments) == 1 and isinstance(arguments[0], Select)
        if function.lower() == "has" and not is_presence_test:
            raise Unparseable("it is not CEL")
        return Call(function, arguments)

    def dot_ident_arg(self, parts: list[Any]) -> Node:
        call = self.ident_arg(parts)
        return Call("." + call.function, call.arguments)

    def paren_expr(self, parts: list[Any]) -> _Parenthesised:
        return _Parenthesised(_bare(parts[0]))

    def list_lit(self, parts: list[Any]) -> Node:
        return ListOf(parts[0] if parts else ())

    def map_lit(self, parts: list[Any]) -> Node:
        return MapOf(parts[0] if parts else ())

    def exprlist(self, parts: list[Any]) -> tuple[Node, ...]:
        return tuple(_bare(part) for part in parts)

    list_items = exprlist

    def mapinits(self, parts: list[Any]) -> tuple[tuple[Node, Node], ...]:
        return _pairs(parts)

    def fieldinits(self, parts: list[Any]) -> tuple[tuple[str, Node], ...]:
        return tuple((_field(str(name)), value) for name, value in _pairs(parts))


def _negated(symbol: str, operand: Node) -> Node:
    """Negate an operand; negating twice returns the operand, so `-(-a)` is `a`."""
    match operand:
        case Operator(symbol=inner, operands=operands) if (inner, len(operands)) == (symbol, 1):
            # -(-2**63) is not valid: 2**63 does not fit into 64 bits.
            if operands[0] == Literal(str(2**63)):
                raise Unparseable("it is not CEL")
            return operands[0]
        case _:
            return Operator(symbol, (operand,))


def _named(word: str, *, prefix: str = "") -> Any:
    name = Name(prefix + _field(word))
    return _ReservedName(name) if word in RESERVED else name


def _truth(token: Token) -> Token:
    """Turn the names `true` and `false` into literals; the grammar does not distinguish them."""
    return Token("BOOL_LIT", token.value) if token.value in ("true", "false") else token


def load() -> Callable[[str], tuple[Node, ...]]:
    """Return a function that parses text and returns the operands of its top-level `&&`.

    The function raises Unparseable when the text is not CEL.
    """
    grammar = Path(str(distribution("cel-python").locate_file("celpy/cel.lark")))
    differences = Path(__file__).with_name("google_cel.lark")
    parser = Lark(
        grammar.read_text(encoding="utf-8") + differences.read_text(encoding="utf-8"),
        parser="lalr",
        start="expr",
        transformer=_Tree(),
        lexer_callbacks={"IDENT": _truth},
        maybe_placeholders=False,
    )
    return lambda text: _parse(parser, text)


def _parse(parser: Lark, text: str) -> tuple[Node, ...]:
    try:
        tree: Any = parser.parse(text)
    except LarkError as error:
        raise Unparseable("it is not CEL") from error
    if isinstance(tree, Operator) and tree.symbol == "&&":
        return tree.operands
    return (_bare(tree),)

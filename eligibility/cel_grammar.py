"""CEL's grammar as cel-python maintains it, building our syntax tree while it parses.

Only the grammar file is taken: importing celpy itself costs as much again, for an evaluator that
eligibility never needs.
"""

from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError

from eligibility import literals
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
as break const continue else for function if import in let loop
namespace null package return var void while
"""
RESERVED = frozenset(_RESERVED.split())


_LITERALS: dict[str, Callable[[str], Node]] = {
    "STRING_LIT": literals.string,
    "MLSTRING_LIT": literals.string,
    "BYTES_LIT": literals.octets,
    "INT_LIT": literals.integer,
    "UINT_LIT": literals.unsigned,
    "FLOAT_LIT": literals.double,
    "BOOL_LIT": Literal,
    "NULL_LIT": Literal,
}


class _Parenthesised:
    """Something in round parentheses: until it is used, so that `(a && b) && c` keeps its two clauses."""

    def __init__(self, node: Node) -> None:
        self.node = node


def _bare(built: Any) -> Any:
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


def _identifier(word: str) -> str:
    if word in RESERVED:
        raise Unparseable("it is not CEL")
    return word


class _Tree(Transformer[Token, Any]):
    """One method per rule of the grammar; lark calls them bottom-up, so nothing here recurses."""

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

    def unary_not(self, _: list[Any]) -> str:
        return "!"

    def unary_neg(self, _: list[Any]) -> str:
        return "-"

    def unary(self, parts: list[Any]) -> Any:
        """An operator twice is none at all, as CEL's own parser has it."""
        if len(parts) == 1:
            return parts[0]
        symbol, operand = parts[0], _bare(parts[1])
        if (
            isinstance(operand, Operator)
            and operand.symbol == symbol
            and len(operand.operands) == 1
        ):
            return operand.operands[0]
        return Operator(symbol, (operand,))

    def member_dot(self, parts: list[Any]) -> Node:
        return Select(_bare(parts[0]), _identifier(str(parts[1])))

    def member_dot_arg(self, parts: list[Any]) -> Node:
        target, function, *arguments = parts
        return Call(_identifier(str(function)), arguments[0] if arguments else (), _bare(target))

    def member_index(self, parts: list[Any]) -> Node:
        return Operator("[]", (_bare(parts[0]), _bare(parts[1])))

    def member_object(self, parts: list[Any]) -> Node:
        type_name, *fields = parts
        if not isinstance(type_name, Name | Select):
            raise Unparseable("it is not CEL")
        return Message(type_name, fields[0] if fields else ())

    def ident(self, parts: list[Any]) -> Node:
        return Name(_identifier(str(parts[0])))

    def dot_ident(self, parts: list[Any]) -> Node:
        return Name("." + _identifier(str(parts[0])))

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

    def mapinits(self, parts: list[Any]) -> tuple[tuple[Node, Node], ...]:
        return _pairs(parts)

    def fieldinits(self, parts: list[Any]) -> tuple[tuple[str, Node], ...]:
        return tuple((str(name), value) for name, value in _pairs(parts))


def _truth(token: Token) -> Token:
    """The grammar cannot tell `true` and `false` from names."""
    return Token("BOOL_LIT", token.value) if token.value in ("true", "false") else token


def load() -> Callable[[str], tuple[Node, ...]]:
    """Build the parser: from text to the operands of its top-level `&&`.

    What it returns raises Unparseable when the text is not CEL.
    """
    grammar = Path(str(distribution("cel-python").locate_file("celpy/cel.lark")))
    parser = Lark(
        grammar.read_text(encoding="utf-8"),
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

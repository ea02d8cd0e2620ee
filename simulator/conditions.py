"""The conditions that IAM accepts: with a title, well-formed, and not too complex."""

import re
from typing import Any

from simulator.errors import invalid

MOST_OPERATORS = 12
TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*)
      | (?P<string>[rRbB]{0,2}(?:\"\"\".*?\"\"\"|'''.*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
      | (?P<quote>["'])
      | (?P<open>[(\[{])
      | (?P<close>[)\]}])
      | (?P<logical>&&|\|\||!(?!=))
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
PAIRS = {")": "(", "]": "[", "}": "{"}


def check_condition(condition: dict[str, Any]) -> None:
    """Refuse a condition that IAM does not accept.

    :raises ApiError: 400.
    """
    if not condition.get("title"):
        raise invalid("Condition title is required.")
    expression = condition.get("expression") or ""
    tokens = [(match.lastgroup, match.group()) for match in TOKEN.finditer(expression)]
    code = "".join(text for kind, text in tokens if kind != "comment").strip()
    if not code or not is_balanced(tokens) or code.endswith(("&&", "||", "!")):
        raise invalid("Condition expression compilation failed: Syntax error.")
    operators = sum(kind == "logical" for kind, _ in tokens)
    if operators > MOST_OPERATORS:
        raise invalid(
            f"Condition expression has {operators} logical operators, which is more than the "
            f"maximum of {MOST_OPERATORS}."
        )


def is_balanced(tokens: list[tuple[str | None, str]]) -> bool:
    """Return whether brackets match and every string is closed."""
    stack: list[str] = []
    for kind, text in tokens:
        if kind == "quote":
            return False
        if kind == "open":
            stack.append(text)
        if kind == "close" and (not stack or stack.pop() != PAIRS[text]):
            return False
    return not stack

"""What IAM refuses: roles without conditions, roles of other projects, and conditions that are too large.

Sources: "Quotas and limits" and "Overview of IAM Conditions" of Google's documentation.
"""

from __future__ import annotations

from eligibility.cel import parse
from eligibility.syntax import Node, Operator, levels

MOST_OPERATORS = 12
# Google documents no limit; conditions of this length are known to be accepted.
LONGEST_EXPRESSION = 4096
BASIC_ROLES = frozenset({"roles/owner", "roles/editor", "roles/viewer"})
_LOGICAL = frozenset({"&&", "||", "!"})


def logical_operators(expression: str) -> int:
    """Return how many `&&`, `||` and `!` a condition contains.

    :raises Unparseable: when it is not CEL.
    """
    clauses = parse(expression)
    inside = sum(_operators(node) for level in levels(clauses) for node in level)
    return len(clauses) - 1 + inside


def is_role_of_another_project(role: str, project_id: str) -> bool:
    """Return whether a custom role belongs to another project, if its name shows that.

    Numbers show nothing: they may mean the same project.
    """
    owner, is_custom, _ = role.partition("/roles/")
    kind, _, name = owner.partition("/")
    is_named = not name.isdigit() and not project_id.isdigit()
    return bool(is_custom) and kind == "projects" and name != project_id and is_named


def _operators(node: Node) -> int:
    if not isinstance(node, Operator) or node.symbol not in _LOGICAL:
        return 0
    return max(1, len(node.operands) - 1)

"""What IAM refuses, as far as it can be determined without asking."""

import pytest

from eligibility.iam_limits import is_role_of_another_project, logical_operators


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("a", 0),
        ("a != b", 0),
        ('a == "x && y || !z"', 0),
        ("!a", 1),
        ("a && b", 1),
        ("a && b && c", 2),
        ("(a && b) && (c || d || !e)", 5),
        ("f(a || b).startsWith(c && d) ? !e : [a && b][0]", 4),
        ("a // && b\n || c", 1),
    ],
)
def test_logical_operators_are_counted_in_the_syntax_not_in_the_text(
    expression: str, count: int
) -> None:
    assert logical_operators(expression) == count


@pytest.mark.parametrize(
    ("role", "project_id", "expected"),
    [
        ("projects/one/roles/custom", "one", False),
        ("projects/one/roles/custom", "two", True),
        ("projects/example.com:one/roles/custom", "one", True),
        ("projects/123/roles/custom", "two", False),
        ("projects/one/roles/custom", "123", False),
        ("organizations/7/roles/custom", "one", False),
        ("roles/viewer", "one", False),
    ],
)
def test_custom_roles_of_other_projects_are_known_by_their_name(
    role: str, project_id: str, expected: bool
) -> None:
    assert is_role_of_another_project(role, project_id) is expected

"""Ids of roles: what goes in comes out, and nothing else gets in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.entitlements import InvalidProjectRoleId, ProjectRole

PROJECTS = st.sampled_from(["project-1", "example.com:p1", "p"])
ROLES = st.sampled_from(
    ["roles/browser", "projects/p/roles/a_B.c", "organizations/7/roles/x", "role/sample"]
)


@given(project_id=PROJECTS, role=ROLES, condition=st.text(max_size=40))
def test_every_id_is_read_as_what_it_names(project_id: str, role: str, condition: str) -> None:
    if ":" in project_id and not role.startswith(("roles/", "projects/", "organizations/")):
        project_id = "project-1"
    named = ProjectRole(project_id, role, condition)
    assert ProjectRole.parse(named.id) == named


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        ":::",
        "project-1",
        "project-1:",
        ":roles/browser",
        " :roles/browser",
        "project-1: ",
        "project-1:roles/browser:YQ==:x",
        "project-1:roles/browser::YQ==",
        "project-1:roles/browser:YQ=",
        "project-1:roles/browser:Y",
        "project-1:roles/browser:Y Q==",
        "project-1:roles/browser:YQ==\n",
        "project-1:roles/browser:-_-_",
        "project-1:roles/browser:/w==",
        "project-1:roles/browser:ä",
        "example.com:p1:roles/browser:YQ==:x",
    ],
)
def test_what_is_no_id(text: str) -> None:
    with pytest.raises(InvalidProjectRoleId, match=r"^Invalid ProjectRole ID$"):
        ProjectRole.parse(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("p:roles/a:", ProjectRole("p", "roles/a")),
        ("p:roles/a::", ProjectRole("p", "roles/a")),
        ("p:roles/a:YSA+IGI", ProjectRole("p", "roles/a", "a > b")),
        ("p:roles/a:YSA+IGI=:", ProjectRole("p", "roles/a", "a > b")),
        ("example.com:p:roles/a:YQ", ProjectRole("example.com:p", "roles/a", "a")),
        (
            "example.com:p:organizations/7/roles/a",
            ProjectRole("example.com:p", "organizations/7/roles/a"),
        ),
    ],
)
def test_ids_that_people_shorten(text: str, named: ProjectRole) -> None:
    assert ProjectRole.parse(text) == named


def test_the_text_for_logs() -> None:
    role = ProjectRole("project-1", "roles/browser", "a || b")
    assert role.text == "[iam] roles/browser on project-1 (condition: a || b)"
    assert ProjectRole("project-1", "roles/browser").text == "[iam] roles/browser on project-1"
    assert str(role) == role.id


def test_roles_are_sorted_by_id() -> None:
    plain, dotted = ProjectRole("p", "roles/a"), ProjectRole("p", "roles/a.b")
    narrowed = ProjectRole("p", "roles/a", "x")
    assert sorted([narrowed, dotted, plain]) == [plain, dotted, narrowed]


def test_roles_are_ordered_by_their_ids() -> None:
    one, other = ProjectRole("a", "roles/x"), ProjectRole("a", "roles/x", "c")
    assert one < other
    assert not other < one
    assert not one < ProjectRole("a", "roles/x")

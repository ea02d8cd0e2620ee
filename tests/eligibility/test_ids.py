"""Ids of roles: reading an id returns the role that it names; other texts are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.entitlements import InvalidProjectRoleId, ProjectRole

PLAIN = st.from_regex("[a-z][a-z0-9-]{1,28}[a-z0-9]", fullmatch=True)
DOMAINS = st.sampled_from(["example.com", "eu0", "a-b.co.uk", "1und1.de", "roles"])
PROJECTS = PLAIN | st.builds("{}:{}".format, DOMAINS, PLAIN)
NAMES = st.from_regex("[A-Za-z0-9_.]{1,64}", fullmatch=True)
ROLES = (
    st.builds("roles/{}".format, NAMES)
    | st.builds("projects/{}/roles/{}".format, PROJECTS, NAMES)
    | st.builds("organizations/{}/roles/{}".format, st.integers(1, 10**12), NAMES)
)


@given(project_id=PROJECTS, role=ROLES, condition=st.text(max_size=40))
def test_every_id_is_read_as_the_role_that_it_names(
    project_id: str, role: str, condition: str
) -> None:
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
        "Project-1:roles/browser",
        "pr:roles/browser",
        "project-1:roles/",
        "project-1:roles/a b",
        "project-1:roles/a/b",
        "project-1:roles/../b",
        "project-1:groups/x/roles/a",
        "project-1:projects/700003/roles/a",
        "project-1:projects/a:b:c/roles/a",
        "a:b:c:roles/browser",
        "project-1 :roles/browser",
        "project-1:roles/browser\x00",
        "project-1:roles/brow\nser",
        "project-1%3Aroles%2Fbrowser",
        "projects/project-1:roles/browser",
        "x" * 1_000_000,
        "project-1:roles/" + "x" * 1_000,
    ],
)
def test_invalid_ids_are_refused(text: str) -> None:
    with pytest.raises(InvalidProjectRoleId, match=r"^Invalid ProjectRole ID$"):
        ProjectRole.parse(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("pro:roles/a:", ProjectRole("pro", "roles/a")),
        ("pro:roles/a::", ProjectRole("pro", "roles/a")),
        ("pro:roles/a:YSA+IGI", ProjectRole("pro", "roles/a", "a > b")),
        ("pro:roles/a:YSA+IGI=:", ProjectRole("pro", "roles/a", "a > b")),
        ("example.com:pro:roles/a:YQ", ProjectRole("example.com:pro", "roles/a", "a")),
        (
            "example.com:pro:organizations/7/roles/a",
            ProjectRole("example.com:pro", "organizations/7/roles/a"),
        ),
    ],
)
def test_ids_that_people_shorten(text: str, named: ProjectRole) -> None:
    assert ProjectRole.parse(text) == named


@pytest.mark.parametrize(
    "named",
    [
        ProjectRole("example.com:shop", "projects/example.com:shop/roles/custom"),
        ProjectRole("example.com:shop", "projects/example.com:shop/roles/custom", "a || b"),
        ProjectRole("eu0:shop", "roles/browser"),
        ProjectRole("eu0:shop", "roles/browser", "resource.name == 'x:y'"),
        ProjectRole("shop-prod", "projects/example.com:shop/roles/custom"),
    ],
)
def test_colons_in_projects_and_in_custom_roles(named: ProjectRole) -> None:
    assert ProjectRole.parse(named.id) == named


def test_the_refusal_of_a_project_number_in_a_role_id_says_so() -> None:
    with pytest.raises(InvalidProjectRoleId, match="'700003' is a project number"):
        ProjectRole.parse("700003:roles/browser")


def test_the_text_for_logs() -> None:
    role = ProjectRole("project-1", "roles/browser", "a || b")
    assert role.text == "[iam] roles/browser on project-1 (condition: a || b)"
    assert ProjectRole("project-1", "roles/browser").text == "[iam] roles/browser on project-1"
    assert str(role) == role.id


def test_roles_are_sorted_by_id() -> None:
    plain, dotted = ProjectRole("pro", "roles/a"), ProjectRole("pro", "roles/a.b")
    narrowed = ProjectRole("pro", "roles/a", "x")
    assert sorted([narrowed, dotted, plain]) == [plain, dotted, narrowed]


def test_roles_are_ordered_by_their_ids() -> None:
    one, other = ProjectRole("a", "roles/x"), ProjectRole("a", "roles/x", "c")
    assert one < other
    assert not other < one
    assert not one < ProjectRole("a", "roles/x")

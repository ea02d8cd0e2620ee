"""No text that a person types can change an address."""

import pytest

from googlecloud.cloud import Cloud
from googlecloud.errors import Invalid
from googlecloud.names import email_address, project_name, scope_name


@pytest.mark.parametrize("project_id", ["p1", "example.com:p1", "123456789012", "a-b-c"])
def test_project_ids_of_all_ages_have_a_name(project_id: str) -> None:
    assert project_name(project_id) == f"projects/{project_id}"


@pytest.mark.parametrize(
    "text", ["", "a/b", "../x", "p?x=1", "p#x", "p%2f", "p q", "p\n", "-p", "p" * 200, "pü"]
)
def test_other_text_is_no_project_id(text: str) -> None:
    with pytest.raises(Invalid, match="not a project ID"):
        project_name(text)


@pytest.mark.parametrize("scope", ["organizations/7", "folders/42", "projects/p1"])
def test_scopes(scope: str) -> None:
    assert scope_name(scope) == scope


@pytest.mark.parametrize("scope", ["", "organizations/", "organizations/7/x", "billing/7", "7"])
def test_other_text_is_no_scope(scope: str) -> None:
    with pytest.raises(Invalid, match="not an organization, a folder or a project"):
        scope_name(scope)


def test_an_address_may_hold_a_quote_but_no_blank() -> None:
    assert email_address("o'brien@example.com") == "o'brien@example.com"
    with pytest.raises(Invalid):
        email_address("a@example.com memberKey=b@example.com")


def test_a_bad_name_sends_nothing(cloud: Cloud) -> None:
    with pytest.raises(Invalid):
        cloud.resource_manager.get_policy(project_id="p1?alt=media")
    with pytest.raises(Invalid):
        cloud.asset.effective_policies(scope="nowhere", project_id="p1")
    with pytest.raises(Invalid):
        cloud.directory.members_of(group="a b")

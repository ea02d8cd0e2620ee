"""Projects are named by id; project numbers are refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.entitlements import (
    InvalidProjectId,
    ProjectId,
    ProjectNumber,
    is_project_id,
    is_project_number,
)
from tests.eligibility.cases import vectors


@pytest.mark.parametrize(
    "text",
    [
        *("shop-prod", "project-1", "abc", "a" * 30, "example.com:shop", "eu0:shop"),
        *("google.com:abc", "a-b.co.uk:my-project", "1und1.de:shop", "example.com:p1"),
    ],
)
def test_valid_ids_are_accepted(text: str) -> None:
    assert ProjectId.parse(text) == text
    assert ProjectId.parse(f"  {text} ") == text
    assert is_project_id(text)
    assert not is_project_id(f"{text} ")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "ab",
            "Shop-Prod",
            "SHOP-PROD",
            "shop_prod",
            "shop-",
            "-shop",
            "1shop",
            "a" * 31,
        ),
        *("shop/prod", "../shop", "projects/shop-prod", "shop%2Fprod", "shop%3Aprod", "sh\nop"),
        *("shop\n", "\tshop", "shop\x00", "shop\ud800", "ѕhop-prod", "shop‐prod", "shop.prod"),
        *(":shop", "example.com:", "example.com:shop:prod", "Example.com:shop", "example.com:1"),
        *(".com:shop", "x" * 1_000_000, "a.b:" * 1_000 + "shop", "a" * 120 + ".com:my-project"),
        *("*", "-", "'; DROP TABLE", "shop-prod?x=1", "shop-prod#a"),
    ],
)
def test_invalid_ids_are_refused(text: str) -> None:
    assert not is_project_id(text)
    with pytest.raises(InvalidProjectId, match="is not a project ID") as refused:
        ProjectId.parse(text)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 1_500


@given(st.from_regex("[0-9]{1,20}", fullmatch=True))
def test_the_refusal_of_a_number_says_so(number: str) -> None:
    assert is_project_number(number)
    with pytest.raises(ProjectNumber, match="is a project number"):
        ProjectId.parse(number)


@given(st.text())
def test_every_text_is_an_id_or_refused(text: str) -> None:
    try:
        found = ProjectId.parse(text)
    except InvalidProjectId:
        return
    assert ProjectId.parse(found) == found == text.strip(" ")


@vectors("identifiers", "parse")
def test_resource_names(given: dict[str, Any], expected: dict[str, Any]) -> None:
    if given["kind"] != "project":
        pytest.skip("Folders and organizations are not parsed here")
    name = str(given["text"] or "")
    if expected["can_parse"]:
        assert ProjectId.of_resource(name) == expected["id"]
        assert ProjectId.of_resource(f"//cloudresourcemanager.googleapis.com/{name}") == name[9:]
    else:
        with pytest.raises(InvalidProjectId):
            ProjectId.of_resource(name)

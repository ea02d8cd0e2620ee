"""The original's environment variables mean the same here, except those listed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from eligibility.providers import CATALOGS, LISTS_KEPT_SECONDS
from tests.jitaccess.cases import cases, vectors
from tests.jitaccess.start import Starter

SAME = {
    "activation_timeout_default",
    "activation_timeout_deprecated_name",
    "catalog_asset_inventory",
    "request_timeout_default",
    "justification_hint_default",
    "derived_deprecated_blank",
}
CONTRADICTED = {
    "catalog_default": "the default is AssetInventory",
    "catalog_policy_analyzer": "the same catalog, but the picker always offers what a query finds",
    "derived_boolean_yes": "yes means true, and anything unknown stops the start",
}
MAIL = "held by tests/notifications, where mail is"
ZONES = "held by tests/notifications, where mails say times"
ELSEWHERE = {
    "smtp_set": MAIL,
    "smtp_auth_test_artifact_password": MAIL,
    "derived_smtp_auth_secret": MAIL,
    "derived_smtp_auth_no_user": MAIL,
    "derived_smtp_configured": MAIL,
    "derived_smtp_not_configured": MAIL,
    **{f"derived_timezone_{number}": ZONES for number in (1, 2, 4, 5, 6)},
}


def value_of(name: str, settings: dict[str, Any]) -> Any:
    plain = settings[name.removesuffix("_seconds")]
    return plain.total_seconds() if isinstance(plain, timedelta) else plain


@vectors("configuration", names=SAME)
def test_a_variable_means_the_same(
    given: dict[str, Any], expected: dict[str, Any], start: Starter
) -> None:
    settings = start(**given["env"])
    known = {name: value for name, value in expected.items() if name != "oauth_scopes"}
    assert {name: value_of(name, settings) for name in known} == known


def test_every_case_is_held_or_explained() -> None:
    assert cases("configuration").keys() == SAME | CONTRADICTED.keys() | ELSEWHERE.keys()


def test_the_catalog_is_asset_inventory_unless_said_otherwise(start: Starter) -> None:
    assert start()["RESOURCE_CATALOG"] == "AssetInventory"


@vectors("configuration", names={"catalog_policy_analyzer"})
def test_policy_analyzer_is_chosen_and_the_picker_keeps_its_query(
    given: dict[str, Any], expected: dict[str, Any], start: Starter
) -> None:
    settings = start(**given["env"])
    assert settings["RESOURCE_CATALOG"] == expected["RESOURCE_CATALOG"]
    assert settings["AVAILABLE_PROJECTS_QUERY"] == "state:ACTIVE"


@pytest.mark.parametrize("name", CATALOGS)
def test_each_catalog_that_the_settings_accept_exists(name: str, start: Starter) -> None:
    assert start(RESOURCE_CATALOG=name.lower())["RESOURCE_CATALOG"] == name
    assert CATALOGS.keys() == LISTS_KEPT_SECONDS.keys()


@vectors("configuration", names={"derived_boolean_yes"})
def test_yes_keeps_the_audience_check_on(
    given: dict[str, Any], expected: dict[str, Any], start: Starter
) -> None:
    start(**given["env"])

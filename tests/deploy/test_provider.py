"""Every resource has the arguments that Google's provider describes."""

from __future__ import annotations

import re
from typing import Any

import hcl2
import pytest

from tests.deploy.provider import problems, resources, schema, types_in_use
from tests.deploy.provider_types import described
from tests.deploy.terraform import Module, modules

EXAMPLE = """
export interface SomeThingConfig extends cdktn.TerraformMetaArguments {
    /**
    * Docs: {@link https://x/hashicorp/google/7.0.0/docs/resources/some_thing#display_name SomeThing#display_name}
    */
    readonly displayName: string;
    /**
    * Docs: {@link https://x/hashicorp/google/7.0.0/docs/resources/some_thing#labels SomeThing#labels}
    */
    readonly labels?: {
        [key: string]: string;
    };
    /**
    * rule block
    *
    * Docs: {@link https://x/hashicorp/google/7.0.0/docs/resources/some_thing#rule SomeThing#rule}
    */
    readonly rule?: SomeThingRule[] | cdktn.IResolvable;
}
export interface SomeThingRule {
    /**
    * Docs: {@link https://x/hashicorp/google/7.0.0/docs/resources/some_thing#action SomeThing#action}
    */
    readonly action: string;
}
"""


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_arguments_and_blocks_are_those_of_the_provider(module: Module) -> None:
    types = schema()["types"]
    assert [
        problem
        for kind, name, body in resources(module)
        for problem in problems(body, types[kind], f"{kind}.{name}")
    ] == []


def test_the_schema_has_the_types_in_use_and_no_others() -> None:
    assert set(schema()["types"]) == types_in_use()


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_the_schema_is_of_a_version_that_the_modules_accept(module: Module) -> None:
    text = module.text.split("required_providers", 1)[-1]
    accepted = re.findall(r'hashicorp/([\w-]+)"\s+version = ">= (\d+)\.\d+, < (\d+)\.0"', text)
    for name, least, below in accepted:
        assert int(least) <= int(schema()["providers"][name].split(".")[0]) < int(below)


THING = described(EXAMPLE)


def body(text: str) -> dict[str, Any]:
    (block,) = hcl2.loads(f'resource "some_thing" "one" {{\n{text}\n}}')["resource"]
    return dict(block['"some_thing"']['"one"'])


def test_declarations_are_read_with_their_blocks() -> None:
    assert THING == {
        "display_name": {"required": True},
        "labels": {"required": False},
        "rule": {"required": False, "many": True, "block": {"action": {"required": True}}},
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('display_name = "a"\nlabels = { a = "b" }', []),
        ('display_name = "a"\nfor_each = {}\nrule {\naction = "a"\n}\nrule {\naction = "b"\n}', []),
        ("", ["x.display_name is missing"]),
        ('display_name = "a"\ncolour = "red"', ["x.colour is unknown"]),
        ('display_name = "a"\nrule {\n}', ["x.rule.action is missing"]),
        ('display_name = "a"\nrule = { action = "a" }', ["x.rule is a block"]),
        ('display_name = "a"\nlabels {\na = "b"\n}', ["x.labels is no block"]),
        (
            'display_name = "a"\ndynamic "rule" {\nfor_each = []\ncontent {\nact = "a"\n}\n}',
            ["x.rule.act is unknown", "x.rule.action is missing"],
        ),
    ],
)
def test_mistakes_are_found(text: str, found: list[str]) -> None:
    assert list(problems(body(text), THING, "x")) == found


def test_a_block_that_may_stand_once_is_not_repeated() -> None:
    once = THING | {"rule": THING["rule"] | {"many": False}}
    text = 'display_name = "a"\nrule {\naction = "a"\n}\nrule {\naction = "b"\n}'
    assert list(problems(body(text), once, "x")) == ["x.rule is given more than once"]

"""Modules and functions stay short."""

from __future__ import annotations

import ast
from statistics import median

from tests.architecture.repository import functions, length, name_of, production_modules, tracked

LONGEST_MODULE = 300
LONGEST_TEST_MODULE = 400
LONGEST_FUNCTION = 40
MEDIAN_FUNCTION = 8


def test_no_production_module_is_longer_than_a_few_screens() -> None:
    too_long = {
        name_of(path): lines
        for path in production_modules()
        if (lines := len(path.read_text().splitlines())) > LONGEST_MODULE
    }
    assert too_long == {}


def test_no_test_module_is_much_longer() -> None:
    too_long = {
        name_of(path): lines
        for path in tracked(".py", under=("tests/",))
        if (lines := len(path.read_text().splitlines())) > LONGEST_TEST_MODULE
    }
    assert too_long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = {
        f"{name_of(path)}:{function.name}": length(function)
        for path in production_modules()
        for function in functions(path)
        if length(function) > LONGEST_FUNCTION
    }
    assert too_long == {}


def test_half_of_all_functions_are_short() -> None:
    lengths = [length(function) for path in production_modules() for function in functions(path)]
    assert median(lengths) <= MEDIAN_FUNCTION


def test_every_module_says_in_a_sentence_what_it_is() -> None:
    silent = [
        name_of(path)
        for path in production_modules()
        if path.name != "__init__.py" and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_no_module_is_a_collection_of_helpers() -> None:
    drawers = {"utils.py", "util.py", "helpers.py", "common.py", "managers.py", "misc.py"}
    assert [name_of(path) for path in production_modules() if path.name in drawers] == []

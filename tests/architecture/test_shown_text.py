"""Templates show what people typed, and conditions, without characters that hide or reorder text."""

from __future__ import annotations

import re

from tests.architecture.repository import name_of, tracked

TEMPLATES = {
    name_of(path): path for path in tracked(".html") if not {"mail", "tests"} & set(path.parts)
}
# The last names of expressions that hold text of people, conditions, or answers that repeat them.
TYPED = {
    *("justification", "comment", "reason", "condition", "condition_words", "cell", "refusal"),
    *("objection", "problem", "details", "failure", "ending_failure", "google_said", "warning"),
}
FIELD = re.compile(r"<textarea\b.*?</textarea>|<input\b[^>]*>", re.DOTALL)  # sent back as typed
EXPRESSION = re.compile(r"{{\s*([^}]*?)\s*}}")
NAME = re.compile(r"(?:^|[|:])[a-z_.]*?([a-z_]+)(?=$|[|])")


def bare(template: str) -> list[str]:
    """The expressions that show typed text without the filter."""
    found = EXPRESSION.findall(FIELD.sub("", template))
    return [one for one in found if TYPED & set(NAME.findall(one)) and "|visible" not in one]


def test_typed_text_and_conditions_are_shown_by_the_filter() -> None:
    assert {
        name: found for name, path in TEMPLATES.items() if (found := bare(path.read_text()))
    } == {}


def test_the_filter_is_missed_where_it_is_not_used() -> None:
    missed = ["line.comment", 'line.condition|default:"all"', "a.comment|default:b.justification"]
    template = "".join(f"<p>{{{{ {one} }}}}</p>" for one in missed)
    shown = "{{ line.comment|visible }}<textarea>{{ comment }}</textarea>{{ limits.justification_hint }}"
    assert bare(template + shown) == missed

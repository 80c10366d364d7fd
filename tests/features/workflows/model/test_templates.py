"""Templates: values in texts, filters, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.features.workflows.model.templates import (
    LONGEST_RESULT,
    TemplateError,
    compile_text,
    compile_value,
)
from meshvisor.features.workflows.model.templating import filled_in

VALUES: dict[str, Any] = {
    "name": "Ann",
    "count": 3,
    "ratio": 2.0,
    "users": [{"name": "Ann"}, {"name": "Bob"}],
    "event": {"at": 1_764_460_800_000},
    "empty": "",
    "long": "x" * 60_000,
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hello {{ name }}!", "Hello Ann!"),
        ("{{ count }}", 3),
        (" {{ users }} ", [{"name": "Ann"}, {"name": "Bob"}]),
        ("{{ ratio }} of {{ count }}", "2 of 3"),
        ("{{ gone }}", None),
        ("<{{ gone }}>", "<>"),
        ('{{ empty | default("nobody") }}', "nobody"),
        ("{{ gone | default(name) }}", "Ann"),
        ("{{ name | upper | truncate(2) }}", "A…"),
        ('{{ users | pluck("name") | join(" and ") }}', "Ann and Bob"),
        ("{{ users.1.name }}", "Bob"),
        ("{{ users | length }}", 2),
        ('at {{ event.at | time("Europe/Berlin") }}', "at 01:00"),
        ("{{ event.at | date }}", "2025-11-30"),
        ("{{ count | plus(4) }}", 7),
        ('{{ name | default("a | b") }}', "Ann"),
    ],
)
def test_rendered(text: str, wanted: Any) -> None:
    """One expression alone keeps its type; any other text is a text."""
    assert compile_text(text)(VALUES) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ name", "close it"),
        ("{{ name | nope }}", "no filter"),
        ("{{ __class__.x() }}", "no field"),
        ("{{ name | default }}", "needs a value"),
        ("{{ name | upper(1) }}", "takes no value"),
        ("{{ a }}" * 201, "200 are allowed"),
        ("{{ a }}" + "x" * 17_000, "16,384"),
        ("{{ a " + "| upper" * 11 + " }}", "10 are allowed"),
    ],
)
def test_refused(text: str, said: str) -> None:
    """What is no template is said when it is saved."""
    with pytest.raises(ValueError, match=said):
        compile_text(text)


def test_bombs() -> None:
    """What comes out has a limit."""
    render = compile_text("{{ long }}{{ long }}")
    with pytest.raises(TemplateError, match=f"{LONGEST_RESULT:,}"):
        render(VALUES)


@pytest.mark.parametrize("large", ["x" * 50_000, ["x" * 50_000]])
def test_bombs_of_many_texts(large: Any) -> None:
    """A value stops growing when all of its texts together have become too long."""
    render = compile_value({"all": [{"one": "{{ vars.large }}"} for _ in range(100)]})
    with pytest.raises(TemplateError, match="more than 262,144 characters"):
        render({"vars": {"large": large}})
    few = compile_value({"all": ["{{ vars.large }}"] * 5})
    assert few({"vars": {"large": large}}) == {"all": [large] * 5}


def test_nested_values() -> None:
    """All texts in a value are rendered; names of fields are not."""
    render = compile_value({"a": ["{{ name }}", 1], "{{ b }}": {"c": "{{ count }}"}})
    assert render(VALUES) == {"a": ["Ann", 1], "{{ b }}": {"c": 3}}


def test_inputs_of_templates() -> None:
    """Inputs take their places at once; everything else stays for later."""
    filled = filled_in({"a": "{{ input.n }}", "b": "x{{ input.n }} {{ user_id }}"}, {"n": 5})
    assert filled == {"a": 5, "b": "x5 {{ user_id }}"}

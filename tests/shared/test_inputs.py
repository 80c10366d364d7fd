"""Inputs that actions and workflows declare: their form, and what fits them."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.shared.inputs import defaults, misfit, problems, read_inputs, unknown

CODE = {"type": "text", "required": True, "description": "the code"}
SEASON = {"type": "text", "choices": ["spring", "autumn"], "default": "spring"}


def test_each_is_read_in_its_long_form() -> None:
    """A type alone is enough, and what is not said is left out."""
    read = read_inputs({"code": CODE, "season": SEASON, "loud": "boolean", "more": {}})
    assert read == {
        "code": CODE,
        "season": SEASON,
        "loud": {"type": "boolean"},
        "more": {"type": "any"},
    }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["code"], "have to be a dict"),
        ({"two words": "text"}, "called 'two words'"),
        ({"code": 5}, "the input code is 5; it has to be a dict or a type"),
        ({"code": {"kind": "text"}}, "the input code has 'kind'; it may have type, required"),
        ({"code": "string"}, "the input code: its type: 'string' is none of text, number"),
        ({"code": {"choices": []}}, r"the input code: its choices are \[\]"),
        ({"n": {"type": "number", "choices": ["1"]}}, "one of its choices: '1' is found"),
        ({"n": {"type": "number", "default": "1"}}, "its default: '1' is found where a number"),
        ({f"n{number}": "text" for number in range(51)}, "51 inputs; 50 are allowed"),
    ],
)
def test_what_cannot_be_declared(given: Any, sentence: str) -> None:
    """Its author is told which input is wrong, and what there may be."""
    with pytest.raises(ValueError, match=sentence):
        read_inputs(given)


@pytest.mark.parametrize(
    ("type_", "right", "wrong"),
    [
        ("text", "a", 1),
        ("number", 1.5, True),
        ("number", 1, float("nan")),
        ("boolean", False, 0),
        ("list", [1], "1"),
        ("object", {"a": 1}, [1]),
    ],
)
def test_what_fits_a_type(type_: str, right: Any, wrong: Any) -> None:
    """True is no number, and a number no text."""
    assert misfit({"type": type_}, right) is None
    found = misfit({"type": type_}, wrong)
    assert found is not None
    assert found.startswith(f"{wrong!r} is found where ")


def test_what_is_missing_or_unknown_is_named() -> None:
    """Each sentence names the input, and those that there are."""
    inputs = read_inputs({"code": CODE, "season": SEASON})
    assert list(problems(inputs, {"season": "summer"}, "redeem")) == [
        "the input season of redeem: 'summer' is none of spring, autumn",
        "redeem needs the input code: the code",
    ]
    assert defaults(inputs) == {"season": "spring"}
    assert list(problems(inputs, {"code": "X"}, "redeem")) == []
    assert (
        unknown(inputs, {"cod": 1}, "redeem") == "redeem takes no input cod; it takes code, season"
    )
    assert unknown({}, {"cod": 1}, "redeem") == "redeem takes no input, and cod is given"
    assert unknown(inputs, {"code": 1}, "redeem") is None

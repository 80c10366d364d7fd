"""Conditions: what each operator means, missing fields, spellings, and the one-line form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.workflows.model.condition_reading import read_condition
from meshvisor.features.workflows.model.condition_reasons import why_false
from meshvisor.features.workflows.model.condition_text import as_line, parse
from meshvisor.features.workflows.model.conditions import (
    BEFORE,
    DEEPEST,
    OPERATORS,
    UNARY,
    compile_condition,
)

VALUES: dict[str, Any] = {
    "severity": "critical",
    "text": "An SOS from the hill",
    "battery": "12",
    "count": 3,
    "flag": True,
    "tags": ["a", "b"],
    "at": 1_764_460_800_000,  # a Sunday, 00:00 UTC
    "place": {"latitude": 48.2, "longitude": 16.37},
    "nothing": None,
    BEFORE: {"severity": "warning", "count": 3},
}


def holds(written: Any, values: dict[str, Any] = VALUES) -> bool:
    """Return what a condition says of some values."""
    tree, errors = read_condition(written)
    assert not errors, errors
    test = compile_condition(tree)
    return test is None or test(values)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('severity == "critical"', True),
        ('severity != "info"', True),
        ("battery < 20", True),
        ("battery == 12", True),
        ("count >= 3 and count <= 3", True),
        ("flag == 1", False),
        ("flag true", True),
        ('text contains "sos"', True),
        ('text not contains "hill"', False),
        ('text starts with "an s"', True),
        ('text ends_with "HILL"', True),
        ('text matches "S.S"', True),
        ('severity in ["critical", "warning"]', True),
        ('severity not in ["info"]', True),
        ('tags contains "a"', True),
        ('tags has_all ["a", "c"]', False),
        ('tags has_any ["a", "c"]', True),
        ("battery between [10, 15]", True),
        ("nothing empty", True),
        ("nothing exists", True),
        ("gone missing", True),
        ("severity changed", True),
        ("count changed", False),
        ('at time_between ["23:00", "01:00"]', True),
        ('at time_between ["01:00", "23:00"]', False),
        ('at weekday_in ["sun"]', True),
        ('at weekday_in ["sat", "America/New_York"]', True),
        ('place within {"latitude": 48.2, "longitude": 16.38, "radius_m": 1000}', True),
        ('place beyond {"latitude": 48.2, "longitude": 17.38, "radius_m": 1000}', True),
        ("not count > 5 or gone > 1", True),
        ("not (count > 5 or flag true)", False),
    ],
)
def test_operators(line: str, wanted: bool) -> None:
    """Each compares as its sentence says."""
    assert holds(line) is wanted


@pytest.mark.parametrize("name", [name for name in OPERATORS if name != "missing"])
def test_missing_field_is_false(name: str) -> None:
    """Whatever is compared: what is not there has no value."""
    value = {
        "in": ["a"], "not_in": ["a"], "has_any": ["a"], "has_all": ["a"], "between": [1, 2],
        "time_between": ["01:00", "02:00"], "weekday_in": ["mon"],
        "within": {"latitude": 1, "longitude": 1, "radius_m": 1},
        "beyond": {"latitude": 1, "longitude": 1, "radius_m": 1},
        "<": 1, ">": 1, "<=": 1, ">=": 1,
    }.get(name, "a")  # fmt: skip
    leaf = {"field": "gone", "op": name} | ({} if name in UNARY else {"value": value})
    assert holds(leaf, {}) is False


@pytest.mark.parametrize(
    "written",
    [
        {"operator": "AND", "conditions": [{"field": "count", "operator": "gt", "value": 2}]},
        {"or": [{"field": "count", "op": "eq", "value": 4}, {"field": "flag", "op": "is_true"}]},
        {"logic": "OR", "rules": [{"field": "count", "operator": "equals", "value": 3}]},
        [{"field": "count", "op": ">", "value": 2}, 'severity == "critical"'],
        {"NOT": {"field": "count", "op": "<", "value": 2}},
    ],
)
def test_spellings(written: Any) -> None:
    """What the seed and other programs write means the same."""
    assert holds(written)


def test_all_errors_with_their_places() -> None:
    """Three mistakes are three errors."""
    _, errors = read_condition(
        {"all": [{"field": "a b", "op": "=="}, {"field": "x", "op": "nope"}, {"op": "=="}]}
    )
    assert [error.place for error in errors] == [("all", 0, "field"), ("all", 1, "op"), ("all", 2)]


def test_template_as_value() -> None:
    """A value may be another field."""
    assert holds('severity == "{{ wanted }}"', {"severity": "a", "wanted": "a"})
    assert not holds('severity == "{{ wanted }}"', {"severity": "a", "wanted": "b"})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("severity ==", "where a value"),
        ("(severity == 1", "')'"),
        ("severity == 1 severity", "'and' or 'or'"),
        ("== 1", "a field"),
        ("severity likes 1", "an operator"),
        ("not " * 200 + "a exists", "deeper"),
    ],
)
def test_wrong_lines(line: str, said: str) -> None:
    """A line that means nothing says where."""
    _, errors = read_condition(line)
    assert said in str(errors[0])


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_regular_expressions_end(pattern: str) -> None:
    """What stops other engines for hours is one more expression here."""
    assert holds({"field": "text", "op": "matches", "value": pattern}, {"text": "a" * 30_000}) in (
        True,
        False,
    )


@pytest.mark.parametrize("pattern", ["(", "a" * 501, r"(a)\1", "(?=a)", "((a{100}){100}){100}"])
def test_refused_expressions(pattern: str) -> None:
    """What the engine does not have, or is too large, is said when it is saved."""
    _, errors = read_condition({"field": "text", "op": "matches", "value": pattern})
    assert errors


def test_why_false() -> None:
    """The first reason, with the value."""
    tree, _ = read_condition('severity == "critical" and battery > 50')
    assert tree is not None
    assert why_false(tree, VALUES) == "battery > 50 is false: battery = '12'"
    assert why_false(tree, {**VALUES, "battery": 60}) is None


NAMES = st.from_regex(r"[a-z]{1,5}(\.[a-z]{1,3}){0,2}", fullmatch=True).filter(
    lambda name: name not in ("and", "or", "not")
)
PLAIN = st.one_of(st.text(max_size=8), st.integers(-1000, 1000), st.booleans(), st.none())
LEAVES = st.one_of(
    st.builds(lambda field, value: {"field": field, "op": "==", "value": value}, NAMES, PLAIN),
    st.builds(
        lambda field, value: {"field": field, "op": "<", "value": value}, NAMES, st.integers()
    ),
    st.builds(
        lambda field, value: {"field": field, "op": "in", "value": value},
        NAMES,
        st.lists(PLAIN, max_size=3),
    ),
    st.builds(lambda field, op: {"field": field, "op": op}, NAMES, st.sampled_from(sorted(UNARY))),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda one: {"not": one}, inner),
        st.builds(lambda kind, some: {kind: some}, st.sampled_from(["all", "any"]),
                  st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=8,
)  # fmt: skip


@given(TREES)
def test_line_and_back(tree: dict[str, Any]) -> None:
    """A stored condition is the same when it was written in one line and read again."""
    assert parse(as_line(tree)) == tree


def test_depth_is_bounded() -> None:
    """A tree that is too deep is refused, and does not end the process."""
    tree: Any = {"field": "a", "op": "exists"}
    for _ in range(DEEPEST + 5):
        tree = {"not": tree}
    assert read_condition(tree)[1]

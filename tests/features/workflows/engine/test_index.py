"""The index leads to the triggers that an event means, and to no other ones."""

from __future__ import annotations

import random
from typing import Any

import pytest

from meshvisor.features.workflows.engine import anchors
from meshvisor.features.workflows.engine.index import Index
from meshvisor.features.workflows.model.definition import read_definition
from meshvisor.features.workflows.model.program import Program, compile_program
from tests.seeds import seeds

TEXTS = ("", "sos", "SOS now", "straße", "STRASSE 7", "12", "1e3", "code 7x", "a.b*c", "\x00")
NUMBERS = (0, 1, -3, 12, 12.5, 1000, 10**20, -0.0)
PATTERNS = ("[0-9]+", "(?i)sos|code [0-9]x", "^a\\.b", "x$", "", "straße")


def _leaf(dice: random.Random) -> dict[str, Any]:
    field = dice.choice(("a", "b", "event.data.a"))
    text, number = dice.choice(TEXTS), dice.choice(NUMBERS)
    op = dice.choice(
        ("==", "!=", "<", "<=", ">", ">=", "between", "in", "not_in", "contains", "not_contains",
         "starts_with", "ends_with", "matches", "exists", "missing", "empty", "true", "has_any")
    )  # fmt: skip
    value: Any = dice.choice((text, number, True)) if op == "==" else text
    if op in ("<", "<=", ">", ">="):
        value = dice.choice((text, number))
    elif op == "between":
        value = sorted((number, dice.choice(NUMBERS)))
    elif op in ("in", "not_in", "has_any"):
        value = dice.sample((*TEXTS, *(NUMBERS if dice.random() < 0.3 else ())), 3)
    elif op == "matches":
        value = dice.choice(PATTERNS)
    elif op == "contains" and dice.random() < 0.2:
        value = number
    if op in ("exists", "missing", "empty", "true"):
        return {"field": field, "op": op}
    return {"field": field, "op": op, "value": value}


def _tree(dice: random.Random, depth: int = 0) -> dict[str, Any]:
    kind = dice.choice(("leaf", "leaf", "all", "any", "not")) if depth < 3 else "leaf"
    if kind == "leaf":
        return _leaf(dice)
    if kind == "not":
        return {"not": _tree(dice, depth + 1)}
    return {kind: [_tree(dice, depth + 1) for _ in range(dice.randint(1, 3))]}


def _program(dice: random.Random, number: int) -> Program:
    given: dict[str, Any] = {
        "name": f"w{number}",
        "triggers": [
            {"type": "event", "config": {"kind": dice.choice(("x.y", "x.*", "z.y"))}}
            | ({"when": _tree(dice)} if dice.random() < 0.8 else {})
            | {"priority": dice.randint(0, 3)}
            for _ in range(dice.randint(1, 2))
        ],
        "steps": [],
    }
    if dice.random() < 0.3:
        given["when"] = _tree(dice)
    return compile_program(read_definition(given), id_=number)


def _value(dice: random.Random) -> Any:
    return dice.choice(
        (*TEXTS, *NUMBERS, True, False, None, ["sos", 12], [], {"sos": 1}, float("nan"))
    )


@pytest.mark.parametrize("seed", seeds(2, 40))
def test_it_finds_what_trying_each_one_finds(seed: int) -> None:
    """Random conditions, random events."""
    dice = random.Random(seed)
    programs = [_program(dice, number) for number in range(60)]
    index = Index(programs)
    for _ in range(150):
        data = {name: _value(dice) for name in ("a", "b") if dice.random() < 0.8}
        values = {**data, "event": {"data": data}}
        meant = [
            (program.id, trigger.index)
            for program in programs
            for trigger in program.triggers
            if trigger.kinds[0] in ("x.y", "x.*")
            and trigger.matches(values)
            and (program.test is None or program.test(values))
        ]
        found = [(one.program.id, one.trigger.index) for one in index.find("x.y", values)]
        assert sorted(found) == sorted(meant), data
        order = [(-one.trigger.priority, one.program.id, one.trigger.index)
                 for one in index.find("x.y", values)]  # fmt: skip
        assert order == sorted(order)


def test_texts_that_are_too_many_for_one_walk_are_tried() -> None:
    """They are found all the same."""
    many = [f"{number} {'abcdefgh' * 60}" for number in range(200)]
    field = anchors.Field(
        "a", [(anchors.Anchor("text", "a", one), place) for place, one in enumerate(many)]
    )
    assert {one for some in field.find({"a": many[7]}) for one in some} == set(range(200))

"""Conditions in one line: `severity == "critical" and not (battery > 20 or battery missing)`.

Owns the grammar, both directions: `parse(as_line(tree))` is the tree again.  `and` binds closer
than `or`, and `not` closer than both.  Values are JSON.

    condition  = conjunction { "or" conjunction }
    conjunction = inversion { "and" inversion }
    inversion  = "not" inversion | "(" condition ")" | comparison
    comparison = field operator [ value ]
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model import conditions
from meshvisor.features.workflows.model.paths import PATH

LONGEST_LINE: Final = 20_000
"""Characters."""

_SPACE: Final = re.compile(r"\s*")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SYMBOL: Final = re.compile(r"==|!=|<=|>=|=~|<>|<|>|=")
_NEXT: Final = re.compile(r"\s+([A-Za-z]+)")
_VALUE: Final = json.JSONDecoder()


def parse(line: str) -> conditions.Tree:
    """Return the tree that a line means, not yet checked (`conditions.read_condition`).

    Raises:
        ValueError: it means none; the message says at which character.
    """
    if len(line) > LONGEST_LINE:
        raise ValueError(say.LONG_CONDITION(count=f"{len(line):,}", most=f"{LONGEST_LINE:,}"))
    parser = _Parser(line)
    tree = parser.condition(1)
    parser.space()
    if parser.at < len(line):
        raise parser.wrong(say.AND_OR_END())
    return tree


def as_line(tree: conditions.Tree | None) -> str:
    """Return a condition in its stored form as one line; empty: there is none."""
    return "" if tree is None else _write(tree, 0)


# Private


class _Parser:
    def __init__(self, line: str) -> None:
        self.line = line
        self.at = 0

    def condition(self, depth: int) -> conditions.Tree:
        return self._joined("or", "any", depth)

    def _joined(self, word: str, kind: str, depth: int) -> conditions.Tree:
        below = self._conjunction if word == "or" else self._inversion
        found = [below(depth)]
        while self._takes(word):
            found.append(below(depth))
        return found[0] if len(found) == 1 else {kind: found}

    def _conjunction(self, depth: int) -> conditions.Tree:
        return self._joined("and", "all", depth)

    def _inversion(self, depth: int) -> conditions.Tree:
        if depth > conditions.DEEPEST * 2:
            raise ValueError(say.CONDITION_DEEP(most=conditions.DEEPEST))
        if self._takes("not"):
            return {"not": self._inversion(depth + 1)}
        self.space()
        if self.line[self.at : self.at + 1] == "(":
            self.at += 1
            inner = self.condition(depth + 1)
            self.space()
            if self.line[self.at : self.at + 1] != ")":
                raise self.wrong("')'")
            self.at += 1
            return inner
        return self._comparison()

    def _comparison(self) -> conditions.Tree:
        self.space()
        match = PATH.match(self.line, self.at)
        if match is None:
            raise self.wrong(say.A_FIELD())
        self.at = match.end()
        name = self._operator()
        leaf = {"field": match[0], "op": name}
        return leaf if name in conditions.UNARY else leaf | {"value": self._value()}

    def _operator(self) -> str:
        self.space()
        match = _SYMBOL.match(self.line, self.at) or _WORD.match(self.line, self.at)
        word = match[0] if match else ""
        end = match.end() if match else self.at
        following = _NEXT.match(self.line, end)
        # As people write it: 'not in', 'is not', 'starts with'.
        if following and (name := conditions.operator_named(f"{word}_{following[1]}")):
            self.at = following.end()
            return name
        name = conditions.operator_named(word)
        if name is None:
            raise self.wrong(say.AN_OPERATOR())
        self.at = end
        return name

    def _value(self) -> Any:
        self.space()
        try:
            value, self.at = _VALUE.raw_decode(self.line, self.at)
        except (ValueError, RecursionError):
            raise self.wrong(say.A_VALUE()) from None
        return value

    def _takes(self, word: str) -> bool:
        self.space()
        match = _WORD.match(self.line, self.at)
        if match is None or match[0].lower() != word:
            return False
        self.at = match.end()
        return True

    def space(self) -> None:
        match = _SPACE.match(self.line, self.at)
        assert match is not None
        self.at = match.end()

    def wrong(self, wanted: str) -> ValueError:
        found = self.line[self.at : self.at + 20] or "the end"
        return ValueError(say.UNEXPECTED(at=self.at + 1, found=repr(found), wanted=wanted))


def _write(tree: conditions.Tree, within: int) -> str:
    """Write a tree that stands within something that binds: 0 nothing, 1 or, 2 and, 3 not."""
    if "not" in tree:
        return f"not {_write(tree['not'], 3)}"
    for binds, kind, word in ((1, "any", "or"), (2, "all", "and")):
        if kind in tree:
            text = f" {word} ".join(_write(one, binds) for one in tree[kind])
            return f"({text})" if within >= binds else text
    if tree["op"] in conditions.UNARY:
        return f"{tree['field']} {tree['op']}"
    return f"{tree['field']} {tree['op']} {json.dumps(tree['value'], ensure_ascii=False)}"

"""From a condition as a user has written it to its stored form, or all that is wrong with it.

Owns the spellings that are accepted: a tree, a list, one line, and those of other programs
(`{"operator": "AND", "conditions": [...]}`).  Does not own what an operator means (`conditions`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.condition_text import parse
from meshvisor.features.workflows.model.conditions import (
    DEEPEST,
    MOST_LEAVES,
    OPERATORS,
    RESERVED,
    UNARY,
    ConditionError,
    Tree,
    operator_named,
)
from meshvisor.features.workflows.model.paths import check_path
from meshvisor.features.workflows.model.problems import Place

# ---- The stored form -------------------------------------------------------------------------


def read_condition(given: Any, place: Place = ()) -> tuple[Tree | None, list[ConditionError]]:
    """Return the stored form of a condition as a user has written it, and all that is wrong.

    Args:
        given: a tree, a list (all of it), a text of one line; None and empty: no condition.
        place: where it stands in the document.

    Returns:
        The tree, None: there is no condition.  With errors the tree is of no use.
    """
    reader = _Reader()
    tree = reader.read(given, place, 1)
    if reader.leaves > MOST_LEAVES:
        reader.errors.append(
            ConditionError(say.MANY_COMPARISONS(count=reader.leaves, most=MOST_LEAVES), place)
        )
    return tree, reader.errors


class _Reader:
    def __init__(self) -> None:
        self.errors: list[ConditionError] = []
        self.leaves = 0

    def read(self, given: Any, place: Place, depth: int) -> Tree | None:
        if given is None or (isinstance(given, (str, dict, list)) and not given):
            return None
        if depth > DEEPEST:
            self._wrong(say.CONDITION_DEEP(most=DEEPEST), place)
            return None
        if isinstance(given, str):
            return self._text(given, place, depth)
        if isinstance(given, Sequence):
            return self._group("all", given, place, depth)
        if not isinstance(given, Mapping):
            self._wrong(say.NO_CONDITION(found=f"{given!r:.60}"), place)
            return None
        return self._mapping(given, place, depth)

    def _text(self, text: str, place: Place, depth: int) -> Tree | None:
        try:
            tree = parse(text)
        except ValueError as error:
            self._wrong(str(error), place)
            return None
        return self.read(tree, place, depth)

    def _mapping(self, given: Mapping[str, Any], place: Place, depth: int) -> Tree | None:
        names = {str(name).lower(): name for name in given}
        for words, members in _GROUPED:
            word = next((one for one in words if one in names), None)
            rules = next((one for one in members if one in names), None)
            if word and rules and "field" not in names:
                kind = _KINDS.get(str(given[names[word]]).lower())
                if kind is None:
                    self._wrong(
                        say.NO_JOINING(found=f"{given[names[word]]!r:.40}"),
                        (*place, names[word]),
                    )
                    return None
                return self._joined(kind, given[names[rules]], (*place, names[rules]), depth)
        if len(given) == 1:
            ((lower, name),) = names.items()
            if lower in _KINDS:
                return self._joined(_KINDS[lower], given[name], (*place, name), depth)
        return self._leaf(given, place)

    def _joined(self, kind: str, given: Any, place: Place, depth: int) -> Tree | None:
        if kind == "not":
            inner = self.read(given, place, depth + 1)
            return None if inner is None else {"not": inner}
        return self._group(kind, given, place, depth)

    def _group(self, kind: str, given: Any, place: Place, depth: int) -> Tree | None:
        if isinstance(given, (str, Mapping)) or not isinstance(given, Sequence):
            self._wrong(say.LIST_OF_CONDITIONS(kind=kind), place)
            return None
        found = [self.read(one, (*place, at), depth + 1) for at, one in enumerate(given)]
        kept = [one for one in found if one is not None]
        if not kept:
            return None
        return kept[0] if len(kept) == 1 else {kind: kept}

    def _leaf(self, given: Mapping[str, Any], place: Place) -> Tree | None:
        self.leaves += 1
        before = len(self.errors)
        unknown = set(given) - {"field", "op", "operator", "value"}
        if unknown or "field" not in given:
            sentence = say.LEAF_FORM()
            if unknown:
                sentence = say.LEAF_FIELD(name=repr(min(map(str, unknown))[:40]))
            self._wrong(sentence, place)
            return None
        try:
            field = check_path(str(given["field"]))
            if field.lower() in RESERVED:
                raise ValueError(say.RESERVED_FIELD(found=repr(field)))
        except ValueError as error:
            self._wrong(str(error), (*place, "field"))
        word = given.get("op", given.get("operator", "=="))
        name = operator_named(str(word))
        if name is None:
            self._wrong(
                say.NO_OPERATOR(found=f"{word!r:.40}", names=", ".join(OPERATORS)), (*place, "op")
            )
            return None
        value: Any = None
        try:
            value = _checked(name, given.get("value"))
        except ValueError as error:
            self._wrong(str(error), (*place, "value"))
        if len(self.errors) > before:
            return None
        return {"field": field, "op": name} | ({} if name in UNARY else {"value": value})

    def _wrong(self, sentence: str, place: Place) -> None:
        self.errors.append(ConditionError(sentence, place))


_KINDS: Final = {
    "all": "all", "and": "all", "any": "any", "or": "any", "not": "not",
}  # fmt: skip
_GROUPED: Final = (
    (("operator", "op", "logic", "type", "combinator", "match"), ("conditions", "rules", "items")),
)


def _checked(name: str, value: Any) -> Any:
    if name in UNARY:
        if value not in (None, True, ""):
            raise ValueError(say.TAKES_NO_VALUE(name=name))
        return None
    return OPERATORS[name].check(value)

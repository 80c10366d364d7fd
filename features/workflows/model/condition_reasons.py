"""Why a condition is false, in one sentence with the values."""

from __future__ import annotations

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.condition_text import as_line
from meshvisor.features.workflows.model.conditions import Tree, compile_condition, leaves
from meshvisor.features.workflows.model.paths import MISSING, Values, getter


def why_false(tree: Tree, values: Values) -> str | None:
    """Return the first reason why a condition is false, with the values; None: it is true."""
    test = compile_condition(tree)
    if test is None or test(values):
        return None
    return _reason(tree, values)


def _reason(tree: Tree, values: Values) -> str:
    if "all" in tree:
        for one in tree["all"]:
            if reason := why_false(one, values):
                return reason
    if "any" in tree:
        reasons = [_reason(one, values) for one in tree["any"][:5]]
        return say.NONE_IS_TRUE(reasons="; ".join(reasons))
    if "not" in tree:
        condition = as_line(tree["not"])
        seen = _seen(tree["not"], values)
        if seen:
            return say.MUST_NOT_BE(condition=condition, seen=seen)
        return say.MUST_NOT_BE_SO(condition=condition)
    field = tree["field"]
    value = getter(field)(values)
    if value is MISSING:
        return say.FIELD_MISSING(condition=as_line(tree), field=field)
    return say.IS_FALSE(condition=as_line(tree), field=field, value=repr(value)[:80])


def _seen(tree: Tree, values: Values) -> str:
    """Return the values of a condition's fields, in no language; empty: all are missing."""
    seen = {leaf["field"]: getter(leaf["field"])(values) for leaf in leaves(tree)[:5]}
    return ", ".join(
        f"{field} = {repr(value)[:80]}" for field, value in seen.items() if value is not MISSING
    )

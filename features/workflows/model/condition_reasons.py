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
        return say.MUST_NOT_BE(condition=as_line(tree["not"]), seen=_seen(tree["not"], values))
    return say.IS_FALSE(condition=as_line(tree), seen=_seen(tree, values))


def _seen(tree: Tree, values: Values) -> str:
    seen = {leaf["field"]: getter(leaf["field"])(values) for leaf in leaves(tree)[:5]}
    return ", ".join(
        f"{field} is {'missing' if value is MISSING else repr(value)[:80]}"
        for field, value in seen.items()
    )

"""What workflows and templates are given: the types of inputs, and whether values fit.

Owns that, for a run by hand, a call, a dry run and a template.  Does not own how inputs are written
(`definition`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from meshvisor.features.workflows import wordings as say

Inputs = Mapping[str, Mapping[str, Any]]
"""By name: `type`, and perhaps `required`, `default`, `description`, `choices`."""

INPUT_TYPES: Final = ("text", "number", "boolean", "list", "object", "any")


def misfit(spec: Mapping[str, Any], value: Any) -> str | None:
    """Return why a value does not fit an input; None: it does."""
    type_ = spec.get("type", "any")
    fits_type = {
        "text": isinstance(value, str),
        "number": isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value),
        "boolean": isinstance(value, bool),
        "list": isinstance(value, list),
        "object": isinstance(value, Mapping),
    }.get(type_, True)
    if not fits_type:
        return say.OTHER_TYPE(found=f"{value!r:.60}", wanted=_WANTED[type_]())
    choices = spec.get("choices")
    if isinstance(choices, list) and value not in choices:
        return say.NONE_OF(found=f"{value!r:.60}", names=", ".join(map(str, choices)))
    return None


def defaults(inputs: Inputs) -> dict[str, Any]:
    """Return what inputs are where they are not given."""
    return {name: one["default"] for name, one in inputs.items() if "default" in one}


def missing(inputs: Inputs, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the names of inputs that have to be given and are not, and what they are."""
    for name, one in inputs.items():
        if one.get("required") and "default" not in one and name not in given:
            yield name, one.get("description") or one["type"]


def misfits(inputs: Inputs, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the names of inputs whose values do not fit, and why."""
    for name, one in inputs.items():
        if name in given and (wrong := misfit(one, given[name])):
            yield name, wrong


def checked_inputs(
    inputs: Inputs, given: Mapping[str, Any], workflow: str
) -> tuple[dict[str, Any], str | None]:
    """Return the inputs of an execution, and all that is wrong with them; None: nothing.

    Args:
        inputs: of the workflow.
        given: values; others than its inputs are kept, too.
        workflow: its name.
    """
    wrong = [
        *(say.WRONG_INPUT(name=name, workflow=workflow, wrong=why)
          for name, why in misfits(inputs, given)),
        *(say.MISSING_INPUT(workflow=workflow, name=name, about=about)
          for name, about in missing(inputs, given)),
    ]  # fmt: skip
    return {**defaults(inputs), **given}, "; ".join(wrong) or None


_WANTED: Final = {
    "text": say.A_TEXT,
    "number": say.A_NUMBER,
    "boolean": say.TRUE_OR_FALSE,
    "list": say.A_LIST,
    "object": say.AN_OBJECT_HERE,
}

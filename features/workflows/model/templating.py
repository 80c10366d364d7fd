"""Filling in the inputs of a template: `{{ input.NAME }}` in any text of a document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from meshvisor.features.workflows.model.templates import as_text

_INPUT: Final = re.compile(r"\{\{\s*input\.([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}")


def filled_in(value: Any, inputs: Mapping[str, Any]) -> Any:
    """Return a JSON value with the inputs in their places.

    A text that is one input alone becomes its value, whatever its type.  Other expressions stay as
    they are: they are filled in when the workflow runs.
    """
    if isinstance(value, str):
        alone = _INPUT.fullmatch(value.strip())
        if alone and alone[1] in inputs:
            return inputs[alone[1]]
        return _INPUT.sub(lambda one: as_text(inputs.get(one[1], one[0])), value)
    if isinstance(value, Mapping):
        return {name: filled_in(one, inputs) for name, one in value.items()}
    if isinstance(value, list):
        return [filled_in(one, inputs) for one in value]
    return value

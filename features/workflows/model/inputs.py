"""What workflows are given when one begins: by hand, by a call, for a dry run.

Owns checking all of it at once.  Does not own what an input is (`shared.inputs`), nor how it is
written (`definition`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshvisor.shared.inputs import Inputs, defaults, problems


def checked_inputs(
    inputs: Inputs, given: Mapping[str, Any], workflow: str
) -> tuple[dict[str, Any], str | None]:
    """Return the inputs of an execution, and all that is wrong with them; None: nothing.

    Args:
        inputs: of the workflow.
        given: values; others than its inputs are kept, too.
        workflow: its name.
    """
    return {**defaults(inputs), **given}, "; ".join(problems(inputs, given, workflow)) or None

"""A workflow as an outline that people read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from meshvisor.features.workflows.model.condition_text import as_line

_LONGEST: Final = 100
"""Characters of a value."""


def outline(document: Mapping[str, Any]) -> list[str]:
    """Return a stored form as lines."""
    lines = ["When"]
    for trigger in document["triggers"]:
        off = "" if trigger.get("is_active", True) else " (switched off)"
        lines.append(f"  {trigger['type']}{_given(trigger.get('config', {}))}{off}")
        if trigger.get("when"):
            lines.append(f"    and {as_line(trigger['when'])}")
    if not document["triggers"]:
        lines.append("  it is run by hand, or another workflow calls it")
    if document.get("when"):
        lines.append(f"  and always {as_line(document['when'])}")
    lines += _running(document)
    lines.append("Do")
    lines += _steps(document["steps"], 1)
    if document.get("on_failure"):
        lines.append("When it fails")
        lines += _steps(document["on_failure"], 1)
    return lines


def _running(document: Mapping[str, Any]) -> Iterator[str]:
    said = [document.get("mode", "parallel")]
    if document.get("key"):
        said.append(f"for each {document['key']}")
    if document.get("cooldown"):
        said.append(f"at most every {document['cooldown']:g} s")
    if limit := document.get("threshold"):
        said.append(f"begins at the {limit['count']}. event within {limit['seconds']:g} s")
    if limit := document.get("rate_limit"):
        said.append(f"at most {limit['count']:g} in {limit['seconds']:g} s")
    if document.get("deadline"):
        said.append(f"within {document['deadline']:g} s")
    if said != ["parallel"]:
        yield f"How: {', '.join(said)}"


def _steps(steps: Any, depth: int) -> Iterator[str]:
    space = "  " * depth
    for step in steps:
        more = []
        if step.get("when"):
            more.append(f"if {as_line(step['when'])}")
        if step.get("retries"):
            more.append(f"up to {step['retries'] + 1} times")
        if step.get("on_failure") == "continue":
            more.append("go on when it fails")
        tail = f"  [{'; '.join(more)}]" if more else ""
        if step["type"] == "branch":
            yield f"{space}{step['id']}: if {as_line(step.get('if'))}{tail}"
            yield from _steps(step.get("then", ()), depth + 1)
            if step.get("else"):
                yield f"{space}else"
                yield from _steps(step["else"], depth + 1)
        else:
            yield f"{space}{step['id']}: {step['type']}{_given(step.get('with', {}))}{tail}"
            yield from _steps(step.get("steps", ()), depth + 1)
            for index, branch in enumerate(step.get("branches", ()), start=1):
                yield f"{space}  branch {index}"
                yield from _steps(branch, depth + 2)
        if isinstance(step.get("on_failure"), list):
            yield f"{space}when it fails"
            yield from _steps(step["on_failure"], depth + 1)


def _given(config: Mapping[str, Any]) -> str:
    parts = []
    for name, value in config.items():
        if isinstance(value, Mapping) and name == "where":
            text = as_line(dict(value))
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        text = text.replace("\n", " ")
        parts.append(f"{name}: {text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}")
    return f" ({', '.join(parts)})" if parts else ""

"""Cycles that can be seen in definitions: a workflow whose steps cause what fires it.

Owns the warnings at saving.  Does not own stopping a cycle that runs (`engine.guards`), which needs
no foresight.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.problems import Problem
from meshvisor.features.workflows.model.steps import all_steps
from meshvisor.features.workflows.model.triggers import kinds_of
from meshvisor.shared.events.kind import matches

CAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "create_alert": ("alert.created",),
    "acknowledge_alert": ("alert.acknowledged",),
    "resolve_alert": ("alert.resolved",),
    "update_user_group": ("user.group_changed",),
    "submit_job": ("job.failed", "job.completed", "job.queued"),
    "http_request": ("job.failed", "job.completed", "job.queued"),
    "send_message": ("message.said",),
    "trigger_bot": ("message.said",),
}
"""Kinds of events that follow from a type of step."""


def warnings_about(
    document: Mapping[str, Any], others: Iterable[Mapping[str, Any]]
) -> list[Problem]:
    """Return what should be looked at before a workflow is let loose.

    Args:
        document: the stored form.
        others: those of all other active workflows.
    """
    if not document.get("steps"):
        return [Problem("steps", say.DOES_NOTHING())]
    found: list[Problem] = []
    by_name = {one["name"]: one for one in (*others, document)}
    path = _way_back(document["name"], by_name)
    if path is not None:
        way = " → ".join((*path, path[0]))
        found.append(
            Problem(
                "triggers",
                say.MAY_FIRE_ITSELF(way=way),
            )
        )
    for step in all_steps(document):
        name = step.get("with", {}).get("workflow") if step["type"] == "call" else None
        if isinstance(name, str) and "{{" not in name and name not in by_name:
            found.append(Problem(f"steps.{step['id']}.with.workflow", say.NO_ACTIVE(name=name)))
    return found


def _way_back(name: str, by_name: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...] | None:
    """Return the shortest way from a workflow to itself; None: there is none."""
    reached: dict[str, tuple[str, ...]] = {}
    queue: list[tuple[str, ...]] = [(name,)]
    while queue:
        path = queue.pop(0)
        for following in _fires(by_name[path[-1]], by_name):
            if following == name:
                return path
            if following not in reached:
                reached[following] = path
                queue.append((*path, following))
    return None


def _fires(document: Mapping[str, Any], by_name: Mapping[str, Mapping[str, Any]]) -> list[str]:
    caused: set[str] = set()
    called: set[str] = set()
    for step in all_steps(document):
        caused.update(CAUSES.get(step["type"], ()))
        if step["type"] == "call":
            called.add(str(step.get("with", {}).get("workflow")))
    return [
        name
        for name, other in by_name.items()
        if name in called or any(_is_fired(trigger, caused) for trigger in other["triggers"])
    ]


def _is_fired(trigger: Mapping[str, Any], caused: Iterable[str]) -> bool:
    wanted = kinds_of(trigger["type"], trigger.get("config", {}))
    return any(matches(pattern, kind) for pattern in wanted for kind in caused)

"""Cycles that can be seen in definitions: a workflow whose steps cause what fires it.

Owns the warnings at saving.  Does not own stopping a cycle that runs (`engine.guards`), which needs
no foresight.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.calls import called_by
from meshvisor.features.workflows.model.problems import Problem, written
from meshvisor.features.workflows.model.steps import all_steps
from meshvisor.features.workflows.model.triggers import kinds_of
from meshvisor.features.workflows.model.writing import Places
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
    document: Mapping[str, Any], others: Iterable[Mapping[str, Any]], places: Places
) -> list[Problem]:
    """Return what should be looked at before a workflow is let loose.

    Args:
        document: the stored form.
        others: those of all other active workflows, and of those that it calls.
        places: where its parts were written.
    """
    if not document.get("steps"):
        return [Problem("steps", say.DOES_NOTHING())]
    found: list[Problem] = []
    by_name = {one["name"]: one for one in (*others, document)}
    path = _way_back(document["name"], by_name)
    if path is not None:
        way = " → ".join((*path, path[0]))
        following = by_name[path[1] if len(path) > 1 else path[0]]
        step = next(one for one in all_steps(document) if _causes(one, following))
        found.append(Problem(written(places.step(step["id"])), say.MAY_FIRE_ITSELF(way=way)))
    for step in all_steps(document):
        name = step.get("with", {}).get("workflow") if step["type"] == "call" else None
        if isinstance(name, str) and "{{" not in name and name not in by_name:
            place = written(places.step(step["id"], "with", "workflow"))
            found.append(Problem(place, say.NOT_THERE_YET(name=name)))
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
    caused = {kind for step in all_steps(document) for kind in CAUSES.get(step["type"], ())}
    called = called_by(document)
    return [
        name
        for name, other in by_name.items()
        if name in called or any(_is_fired(trigger, caused) for trigger in other["triggers"])
    ]


def _causes(step: Mapping[str, Any], following: Mapping[str, Any]) -> bool:
    """Say whether a step begins a workflow, by an event or by calling it."""
    if step["type"] == "call" and step.get("with", {}).get("workflow") == following["name"]:
        return True
    caused = CAUSES.get(step["type"], ())
    return any(_is_fired(trigger, caused) for trigger in following["triggers"])


def _is_fired(trigger: Mapping[str, Any], caused: Iterable[str]) -> bool:
    wanted = kinds_of(trigger["type"], trigger.get("config", {}))
    return any(matches(pattern, kind) for pattern in wanted for kind in caused)

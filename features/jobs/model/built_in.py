"""Actions that features bring: known without loading any of their code.

Owns what such an action is, and which there are.  The supervisor plans with their `spec`, as with
those of plug-ins; a runner loads the function when the first job needs it (`worker.actions`).
Their names are taken before plug-ins are loaded, so that no plug-in can stand in for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.shared.feature import Feature, parts

SOURCE: Final = "built in"
"""`ActionSpec.source` of each."""


class BuiltInAction(msgspec.Struct, frozen=True):
    """One of `Feature.actions`.

    ACTIONS: Final = (
        BuiltInAction(built_in("data-cleanup", say.ACTION()), "worker.cleanup:clean_up"),
    )
    """

    spec: ActionSpec
    function: str
    """`module:name` below the feature's package: what is called with a `JobContext`."""
    concurrency: int = 1
    """Jobs that run in its lane at the same time, where `[[lanes]]` does not say."""


def built_in(name: str, description: str, **values: Any) -> ActionSpec:
    """Return what an action declares that a feature brings.

    Unless they say otherwise they need no mesh, and take neither items nor data.

    Args:
        name: of the action.
        description: what it does; of a `Wording`, so that the pages can say it in their language.
        values: further fields of `ActionSpec`.
    """
    usual = {"needs_mesh": False, "items": "", "inputs": {}}
    return ActionSpec(name, source=SOURCE, description=description, **{**usual, **values})


def built_in_actions() -> Mapping[str, tuple[Feature, BuiltInAction]]:
    """Return all by name, each with the feature that brings it."""
    global _actions  # noqa: PLW0603 - the same for the whole process
    if _actions is None:
        found = [(feature, one) for feature, some in parts("actions") for one in some]
        _actions = {one.spec.name: (feature, one) for feature, one in found}
    return _actions


def built_in_lanes() -> frozenset[str]:
    """Return the lanes of all of them."""
    return frozenset(action.spec.lane for _, action in built_in_actions().values())


def usual_concurrency(lane: str) -> int:
    """Return how many jobs of a lane run at the same time where the settings do not say."""
    found = (one for _, one in built_in_actions().values() if one.spec.lane == lane)
    return max((one.concurrency for one in found), default=1)


def load_built_in(name: str) -> tuple[ActionSpec, Any] | None:
    """Return one and its function, whose module is imported; None: there is no such action."""
    found = built_in_actions().get(name)
    if found is None:
        return None
    feature, action = found
    return action.spec, feature.load(action.function)


# Private

_actions: Mapping[str, tuple[Feature, BuiltInAction]] | None = None

"""Which actions exist: those of plug-ins, and those that features bring.

Owns their names and functions.  The registry is state of the module on purpose: plug-ins are loaded
before runners are forked, and every fork inherits it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.model.built_in import SOURCE, built_in_actions, load_built_in

ActionFunction = Callable[[Any], Awaitable[None] | None]
"""Takes a `JobContext`."""


class ActionCollisionError(ValueError):
    """Two functions want the same name; the author of the second one picks another."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action.

    Raises:
        ValueError: its function is a generator, which would never run, or cannot be called with a
            job and nothing else.
    """

    spec: ActionSpec
    function: ActionFunction
    asynchronous: bool = field(init=False)
    """Whether it is a coroutine function; others run in a thread."""

    def __post_init__(self) -> None:
        function = self.function
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise ValueError(
                f"the function of the action {self.spec.name!r} holds a yield, so it would never "
                "run; leave it out"
            )
        if not _takes_one(function):
            raise ValueError(
                f"the function of the action {self.spec.name!r} cannot be called with a job and "
                "nothing else; declare it with one parameter"
            )
        object.__setattr__(self, "asynchronous", inspect.iscoroutinefunction(function))


class ActionRegistry:
    """Actions by name; iterating and `names` leave out the built-in ones."""

    def __init__(self) -> None:
        self._actions: dict[str, Action] = {}

    def add(self, action: Action) -> None:
        """Register an action.

        Raises:
            ActionCollisionError: the name is taken.
        """
        name = action.spec.name
        taken = self._actions.get(name)
        if taken is not None or name in built_in_actions():
            source = SOURCE if taken is None else taken.spec.source
            raise ActionCollisionError(
                f"the action {name!r} is already there ({source}); choose another name"
            )
        self._actions[name] = action

    def find(self, name: str) -> Action | None:
        """Return the action with this name, or None; the module of a built-in one is imported."""
        found = self._actions.get(name)
        if found is None and (loaded := load_built_in(name)) is not None:
            found = Action(*loaded)
        return found

    @property
    def can_run(self) -> tuple[str, ...]:
        """Names of all that can be run, the built-in ones included."""
        return tuple(sorted({*self._actions, *built_in_actions()}))

    def __iter__(self) -> Iterator[Action]:
        """Go through all actions in alphabetical order."""
        return iter([action for _, action in sorted(self._actions.items())])

    @property
    def names(self) -> tuple[str, ...]:
        """All names in alphabetical order."""
        return tuple(sorted(self._actions))

    def snapshot(self) -> dict[str, Action]:
        """Return the present state for `restore`."""
        return dict(self._actions)

    def restore(self, state: dict[str, Action]) -> None:
        """Go back to a state that `snapshot` returned."""
        self._actions = dict(state)

    def added_since(self, state: dict[str, Action]) -> tuple[dict[str, Any], ...]:
        """Return the specifications of actions that were registered since a snapshot."""
        return tuple(one.spec.as_json() for one in self if one.spec.name not in state)


ACTIONS: Final = ActionRegistry()

REGISTRIES: Final = {"actions": ACTIONS}
"""`Feature.plug_ins`."""

# Private


def _takes_one(function: ActionFunction) -> bool:
    try:
        # Of the function itself: a decorator may well hand further arguments to what it wraps.
        signature = inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):  # some of those that are written in C do not tell
        return True
    try:
        signature.bind(None)
    except TypeError:
        return False
    return True

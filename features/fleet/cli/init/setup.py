"""What features add to `meshvisor init`: options, and answers to where the bots live.

Owns the contract of `Feature.setup`.  Read whenever the command line is, so it imports next to
nothing; what answers lead to is loaded where one is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from meshvisor.shared.feature import parts
from meshvisor.supervisor.cli.added_options import AddedOptions

if TYPE_CHECKING:
    from meshvisor.features.fleet.cli.init.terminal import Dialogue
    from meshvisor.shared.settings.model import Settings
    from meshvisor.shared.settings.template import Choices

Given = Mapping[str, Any]
"""Values of the added options that were given, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshSource:
    """Where meshes may come from: an answer to the question of `init` where the bots live."""

    position: int
    """Among all of them; the first is the default."""
    text: str
    ask: Callable[[Dialogue], Choices]
    """Asks for what else has to be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup(AddedOptions):
    """What one feature adds."""

    mesh_sources: tuple[MeshSource, ...] = ()
    settings: Callable[[Given], Mapping[tuple[str, str], str]] = lambda given: {}
    """Returns what its options mean: values by section and setting."""
    mesh_settings: Callable[[Given], Mapping[str, str | tuple[str, ...]]] = lambda given: {}
    """Returns what its options mean for the meshes that are named beside them; the transport among
    it.  Empty: nothing."""
    holds: Callable[[Settings, Given], bool] = lambda settings, given: True
    """Whether settings say already what was given."""
    first_steps: tuple[str, ...] = ()
    """Commands for a home that has no meshes yet."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of its options."""
        return tuple(option.name for option in self.options)


def setups() -> Iterator[Setup]:
    """Yield the setups of all features."""
    for _, setup in parts("setup"):
        yield setup

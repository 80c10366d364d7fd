"""What the playground adds to `meshvisor init`: that bots may live in one, and how to try it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from meshvisor.features.fleet.cli.init.setup import MeshSource, Setup

if TYPE_CHECKING:
    from meshvisor.features.fleet.cli.init.terminal import Dialogue
    from meshvisor.shared.settings.template import Choices


def _nothing_to_ask(_dialogue: Dialogue) -> Choices:
    from meshvisor.shared.settings.template import Choices

    return Choices()


SETUP: Final = Setup(
    options=(),
    mesh_sources=(
        MeshSource(
            position=0,
            text="In a playground: a mesh server on this machine, to try it on",
            ask=_nothing_to_ask,
        ),
    ),
    first_steps=("meshvisor run --playground", "meshvisor chat lobby"),
)

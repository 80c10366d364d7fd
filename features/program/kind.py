"""Programs as a kind of transport."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.transports import TransportKind

PROGRAM: Final = "program"

KINDS: Final = (
    TransportKind(
        name=PROGRAM,
        what="a program",
        entry="meshvisor.features.program.worker.transport:make",
        settings="meshvisor.features.program.mesh_settings:ProgramSettings",
        check="meshvisor.features.program.check:check",
        account="meshvisor.features.program.mesh_settings:ProgramAccount",
    ),
)

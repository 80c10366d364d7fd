"""Matrix as a kind of transport."""

from __future__ import annotations

from typing import Final

from meshvisor.features.matrix.address import check_room
from meshvisor.shared.transports import TransportKind

MATRIX: Final = "matrix"

_HERE: Final = "meshvisor.features.matrix"

KINDS: Final = (
    TransportKind(
        name=MATRIX,
        what="a Matrix room",
        entry=f"{_HERE}.worker.transport:make",
        settings=f"{_HERE}.mesh_settings:MatrixSettings",
        account=f"{_HERE}.mesh_settings:MatrixAccount",
        has_server=True,
        check_server=f"{_HERE}.address:check_server",
        check_address=check_room,
        discover=f"{_HERE}.worker.discover:discover",
        sign_in=f"{_HERE}.cli.setup_values:sign_in",
        warm_up=f"{_HERE}.worker.warm_up:WARM_UP",
    ),
)

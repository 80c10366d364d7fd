"""Programs as a kind of transport."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from meshvisor.shared.transports import TransportKind

PROGRAM: Final = "program"


def token_owner(settings: Mapping[str, Any]) -> str:
    """Return what stands for the program of a mesh: the same for the same command and folder."""
    words = json.dumps([settings["folder"], *settings["command"]])
    return hashlib.sha256(words.encode()).hexdigest()


KINDS: Final = (
    TransportKind(
        name=PROGRAM,
        what="a program",
        entry="meshvisor.features.program.worker.transport:make",
        settings="meshvisor.features.program.mesh_settings:ProgramSettings",
        token_owner=token_owner,
        check="meshvisor.features.program.check:check",
        warm_up="meshvisor.features.program.worker.warm_up:WARM_UP",
        account="meshvisor.features.program.mesh_settings:ProgramAccount",
    ),
)

"""Children that are tasks: what their parameter `does` says."""

from __future__ import annotations

import asyncio

from meshvisor.shared.logs.current import MESH
from meshvisor.worker.child.start import ChildStart


async def serve(start: ChildStart) -> int:
    """Do one thing, and return an exit code."""
    start.stamp()
    match start.params["does"]:
        case "report":
            start.channel.sendall(f"{start.name} {start.alone} {MESH.get()}".encode())
            return 0
        case "raise":
            raise RuntimeError("on purpose")
        case "wait":
            await asyncio.Event().wait()
    return int(start.params["does"])

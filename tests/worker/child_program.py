"""A worker in a real process, started without a zygote.

`python -m tests.worker.child_program CHANNEL PARAMS [PLUG-IN]`: CHANNEL is an inherited
descriptor, PARAMS are the start parameters as JSON, PLUG-IN is a file that is loaded first.
"""

from __future__ import annotations

import json
import os
import socket
import sys

from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.mesh.main import run
from meshvisor.worker.plugins import Source, load_one


def main(channel: str, params: str, *plugins: str) -> int:
    """Be a worker; return its exit code."""
    for path in plugins:
        report = load_one(Source(path, "file", path))
        assert report.ok, report.traceback
    fields = json.loads(params)
    start = ChildStart(
        name=fields.get("mesh_id", "?"),
        channel=socket.socket(fileno=int(channel)),
        stamp=lambda: None,
        params=fields,
    )
    return run(start)


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))

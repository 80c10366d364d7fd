"""A runner in a real process, started without a zygote.

`python -m tests.features.jobs.worker.runner_program CHANNEL PARAMS PLUG-IN`: CHANNEL is an
inherited descriptor, PARAMS are the start parameters as JSON, PLUG-IN is a file that is loaded
first.
"""

from __future__ import annotations

import json
import os
import socket
import sys

from meshvisor.features.jobs.worker.main import run
from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.plugins import Source, load_one


def main(channel: str, params: str, plugin: str) -> int:
    """Be a runner; return its exit code."""
    report = load_one(Source(plugin, "file", plugin))
    assert report.ok, report.traceback
    fields = json.loads(params)
    return run(
        ChildStart(
            name=fields.get("lane", "?"),
            channel=socket.socket(fileno=int(channel)),
            stamp=lambda: None,
            params=fields,
        )
    )


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))

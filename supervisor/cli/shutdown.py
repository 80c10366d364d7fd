"""`meshvisor shutdown`: ends the supervisor."""

from __future__ import annotations

import os
import select

import click

from meshvisor.shared.control.client import SLOW_TIMEOUT
from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation


@click.command(
    cls=Command,
    examples=(
        "shutdown",
        "shutdown --home /srv/meshvisor",
    ),
)
@pass_invocation
def shutdown(invocation: Invocation) -> None:
    """Stop the supervisor and all its workers politely."""
    with invocation.connect() as client:
        pid = client.request("version")["pid"]
        # Opened before it is asked to end: afterwards the PID may belong to another process.
        process = os.pidfd_open(pid)
        try:
            client.request("shutdown")
            _wait_for_end(process)
        finally:
            os.close(process)
    invocation.show({"pid": pid, "stopped": True}, lambda _: f"The supervisor (PID {pid}) is gone.")


# Private


def _wait_for_end(process: int) -> None:
    poller = select.poll()
    poller.register(process, select.POLLIN)
    if not poller.poll(SLOW_TIMEOUT * 1000):
        raise MeshvisorError("The supervisor does not end; 'meshvisor doctor' says what to do.")

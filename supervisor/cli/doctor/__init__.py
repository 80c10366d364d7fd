"""`meshvisor doctor`: looks at everything that can keep a fleet from running, and says what to do.

Owns the order of the checks and the exit code.  Each other module here checks one thing and knows
nothing of the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from meshvisor.features.access.cli import doctor as directory
from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.doctor import (
    database,
    files,
    folders,
    limits,
    machine,
    network,
    plugins,
    running,
    settings,
)
from meshvisor.supervisor.cli.doctor.finding import Finding, Level, guarded
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.terminal import GREEN, RED, YELLOW, clean_lines, has_colours, paint

_COLOURS = {"ok": GREEN, "warn": YELLOW, "fail": RED}


@click.command(
    cls=Command,
    examples=(
        "doctor",
        "doctor --json",
        "doctor --home /srv/meshvisor",
    ),
)
@pass_invocation
def doctor(invocation: Invocation) -> int:
    """Check the machine, the home, the settings and the servers."""
    findings = list(_examine(invocation))
    failed = sum(finding.level is Level.FAIL for finding in findings)
    warned = sum(finding.level is Level.WARN for finding in findings)
    result = {
        "ok": not failed,
        "failed": failed,
        "warned": warned,
        "checks": [finding.to_json() for finding in findings],
    }
    invocation.show(result, _view)
    return MeshvisorError.exit_code if failed else 0


# Private


def _examine(invocation: Invocation) -> Iterator[Finding]:
    home = invocation.home
    held, of_settings = settings.check(home)
    yield from guarded(machine.check)
    yield from of_settings
    yield from guarded(folders.check, home)
    supervisor = _supervisor(invocation)
    yield from guarded(limits.check, held, supervisor.get("pid"))
    yield from guarded(running.check, home)
    yield from running.problems(supervisor)
    yield from guarded(plugins.check, supervisor.get("skipped_plugins"))
    yield from guarded(database.check, home)
    if held is not None:
        yield from guarded(folders.check_named, home, held)
        yield from guarded(files.check, home, held)
        yield from guarded(directory.check, home, held, supervisor.get("directory"))
        yield from guarded(network.check, held, _servers_in_use(invocation))


def _supervisor(invocation: Invocation) -> dict[str, Any]:
    """Return what the running supervisor says of itself; empty: none answers."""
    try:
        status: dict[str, Any] = invocation.request("status")["supervisor"]
    except MeshvisorError:
        return {}
    return status


def _servers_in_use(invocation: Invocation) -> list[str]:
    try:
        return [mesh["server"] for mesh in invocation.request("meshes")["meshes"]]
    except MeshvisorError:
        return []


def _view(result: dict[str, Any]) -> str:
    colours = has_colours()
    lines = []
    for check in result["checks"]:
        level = check["level"]
        mark = paint(f"{level:<4}", _COLOURS[level], colours)
        text = clean_lines(check["text"]).replace("\n", "\n      ")
        lines.append(f"{mark}  {check['name']}: {text}")
        if check["advice"]:
            lines.append(f"      → {clean_lines(check['advice'])}")
    if result["failed"]:
        end = f"{number(result['failed'], 'thing')} must be mended before a fleet can run."
    elif result["warned"]:
        end = f"A fleet can run; {number(result['warned'], 'thing')} should be looked at."
    else:
        end = "Everything is as it should be."
    return "\n".join([*lines, "", end])

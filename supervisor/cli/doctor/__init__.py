"""`meshvisor doctor`: looks at everything that can keep a fleet from running, and says what to do.

Owns the kernel's checks and the exit code; features bring theirs (`Feature.checks`).  Each other
module here checks one thing and knows nothing of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import click

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.feature import parts
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.doctor import (
    database,
    files,
    folders,
    machine,
    plugins,
    running,
    settings,
)
from meshvisor.supervisor.cli.doctor.check import Check, Examined
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
    examined = Examined(invocation, home, held, _supervisor(invocation))
    checks = [Check(name="settings", position=20, examine=lambda _: of_settings), *_CHECKS]
    for _, brought in parts("checks"):
        checks += brought
    for check in sorted(checks, key=lambda one: one.position):
        yield from guarded(check.name, check.examine, examined)


def _named_folders(examined: Examined) -> Iterable[Finding]:
    if examined.settings is None:
        return ()
    return folders.check_named(examined.home, examined.settings)


def _plugin_folder(examined: Examined) -> Iterable[Finding]:
    return () if examined.settings is None else files.check(examined.home)


_CHECKS: Final = (
    Check(name="machine", position=10, examine=lambda _: machine.check()),
    Check(name="folders", position=30, examine=lambda it: folders.check(it.home)),
    Check(name="running", position=50, examine=lambda it: running.check(it.home)),
    Check(name="running", position=55, examine=lambda it: running.problems(dict(it.supervisor))),
    Check(
        name="plugins",
        position=60,
        examine=lambda it: plugins.check(it.supervisor.get("skipped_plugins")),
    ),
    Check(name="database", position=70, examine=lambda it: database.check(it.home)),
    Check(name="folders", position=80, examine=_named_folders),
    Check(name="files", position=95, examine=_plugin_folder),
)


def _supervisor(invocation: Invocation) -> dict[str, Any]:
    """Return what the running supervisor says of itself; empty: none answers."""
    try:
        status: dict[str, Any] = invocation.request("status")["supervisor"]
    except MeshvisorError:
        return {}
    return status


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
        end = f"{number(result['failed'], 'thing')} must be corrected before a fleet can run."
    elif result["warned"]:
        end = f"A fleet can run; {number(result['warned'], 'thing')} should be looked at."
    else:
        end = "Everything is as it should be."
    return "\n".join([*lines, "", end])

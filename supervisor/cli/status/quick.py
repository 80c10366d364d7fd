"""The short way to `meshvisor status`: half the time, by not loading click.

Owns the few spellings that people and scripts use all the time.  Everything else, `--help` and
mistakes included, is left to `supervisor.cli.status.command`, which shows the same through click; a
test holds the two together.
"""

from __future__ import annotations

import os


def try_quickly(arguments: list[str]) -> bool:
    """Show the status when `arguments` ask for exactly that; False: not done, use click.

    Raises:
        MeshvisorError: as `supervisor.cli.status.command` does.
    """
    home = os.environ.get("MESHVISOR_HOME") or "."
    as_json = False
    commands = 0
    rest = iter(arguments)
    for argument in rest:
        if argument == "status":
            commands += 1
        elif argument == "--json":
            as_json = True
        elif argument == "--home":
            home = next(rest, "")
        elif argument.startswith("--home="):
            home = argument[len("--home=") :]
        else:
            return False
    if commands != 1 or not home:
        return False

    from meshvisor.supervisor.cli.status.view import show_once

    show_once(home, as_json)
    return True

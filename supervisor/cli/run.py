"""`meshvisor run`: become the supervisor, in the foreground.

Owns the options.  Does not own what a supervisor does (`supervisor.app`).
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from meshvisor.shared.errors import AskingError
from meshvisor.shared.feature import WITHOUT, left_out
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.options import RunOptions


@click.command(
    cls=Command,
    examples=(
        "run",
        "run --playground --rooms 5",
        "run --home /srv/meshvisor",
    ),
)
@click.option("--playground", is_flag=True, help="Start a local mesh server and use it.")
@click.option(
    "--rooms",
    type=click.IntRange(1, 10_000),
    help="Rooms of the playground (default: as in the settings).",
)
# Accepted already by scripts of the future: there is no console yet.
@click.option("--no-console", is_flag=True, hidden=True)
@click.option(
    "--single-process", is_flag=True, help="Run all workers as tasks in one process (debugging)."
)
@click.option(
    "--reload",
    is_flag=True,
    help="Start anew whenever the source, a plug-in or the settings change.",
)
@pass_invocation
def run(
    invocation: Invocation,
    *,
    playground: bool,
    rooms: int | None,
    no_console: bool,
    single_process: bool,
    reload: bool,
) -> int:
    """Run the supervisor in the foreground until Ctrl+C or SIGTERM.

    To have it in the background and with the machine, let systemd run it: docs/deployment.md.
    """
    if rooms is not None and not playground:
        raise click.UsageError("--rooms is about the playground; add --playground")
    if playground and "playground" in (without := {feature.name for feature in left_out()}):
        raise click.UsageError(f"{WITHOUT} leaves out {', '.join(sorted(without))}; take it away")
    options = RunOptions(
        home=invocation.home,
        playground=playground,
        rooms=rooms,
        single_process=single_process,
        no_console=no_console,
    )
    if reload:
        from meshvisor.supervisor.reload import watch

        return watch(options)

    # As a descriptor: the folder may be one that has been removed, which has no name any more.
    folder = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return _run(options)
    except AskingError as error:
        # Where the command was given: its own name may be a relative one.
        os.fchdir(folder)
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        return _ask_first(invocation, error)
    finally:
        os.close(folder)


# Private


def _run(options: RunOptions) -> int:
    from meshvisor.supervisor.app import run as run_supervisor
    from meshvisor.supervisor.cli.live_line import LiveLine

    screen = LiveLine()
    try:
        return run_supervisor(options, screen)
    finally:
        screen.close()


def _ask_first(invocation: Invocation, error: AskingError) -> NoReturn:
    module, _, name = error.ask.partition(":")
    output.remark(error.before)
    getattr(import_module(module), name)(invocation)
    # As if for the first time: this process has been a supervisor already, for a moment.
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - the very command that was given

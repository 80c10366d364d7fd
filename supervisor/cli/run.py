"""`meshvisor run`: become the supervisor, in the foreground.

Owns the options of the kernel.  Does not own those of features (`added_options`), nor what a
supervisor does (`supervisor.app`).
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from meshvisor.shared.errors import AskingError
from meshvisor.shared.run_options import RunOptions
from meshvisor.supervisor.cli import entries, output
from meshvisor.supervisor.cli.added_options import add_options, given
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation


@click.command(
    cls=Command,
)
@click.option("--no-console", is_flag=True, help="Leave out the HTTP API and the web pages.")
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
    /,
    *,
    no_console: bool,
    single_process: bool,
    reload: bool,
    **of_features: Any,
) -> int:
    """Run the supervisor until Ctrl+C or SIGTERM.

    To have it in the background and with the machine, let systemd run it: docs/deployment.md.
    """
    options = RunOptions(
        home=invocation.home,
        single_process=single_process,
        no_console=no_console,
        of_features=given(of_features),
    )
    if reload:
        return int(entries.load(entries.WATCH)(options))

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


run.examples = add_options(run, ("run", "run --home /srv/meshvisor"))


# Private


def _run(options: RunOptions) -> int:
    from meshvisor.supervisor.cli.live_line import LiveLine

    screen = LiveLine()
    try:
        return int(entries.load(entries.RUN)(options, screen))
    finally:
        screen.close()


def _ask_first(invocation: Invocation, error: AskingError) -> NoReturn:
    module, _, name = error.ask.partition(":")
    output.remark(error.before)
    getattr(import_module(module), name)(invocation)
    # As if for the first time: this process has been a supervisor already, for a moment.
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - the very command that was given

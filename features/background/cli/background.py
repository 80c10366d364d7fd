"""`meshvisor background start` and `wait`."""

from __future__ import annotations

import os
from typing import Any, Final

import click

from meshvisor.features.background.cli.options import NAME, files_of, pid_dir_option
from meshvisor.features.background.cli.started import show_started
from meshvisor.features.background.cli.view import as_json, text_of
from meshvisor.features.background.folder import choose_folder, command_line
from meshvisor.shared.errors import MeshvisorError, MissingError
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.parameters import DURATION
from meshvisor.supervisor.cli.terminal import has_colours

_SMALLEST_LOG: Final = 64 * 1024

_LARGEST_LOG: Final = 100_000_000_000


@click.group(
    cls=Group,
    examples=(
        "background start nightly -- rsync -a /data /backup",
        "process-status nightly --show-log",
        "background wait nightly",
        "cancel-process nightly",
        "background clean",
    ),
    short_help="Commands that go on without a terminal; no supervisor is needed.",
)
def background() -> None:
    """Start commands that go on without a terminal, and wait for them.

    They need no supervisor. See 'meshvisor process-status', 'cancel-process' and 'list-processes'
    for how they are.
    """


@background.command(
    cls=Command,
    examples=(
        "background start nightly -- rsync -a /data /backup",
        "background start report --notify -- meshvisor schedules run weekly-report",
    ),
)
@click.argument("name", metavar="NAME", type=NAME)
@click.argument("command", metavar="-- COMMAND...", nargs=-1, required=True)
@pid_dir_option
@click.option("--force", is_flag=True, help="Use a folder that others may write to.")
@click.option("--notify", is_flag=True, help="Have the supervisor of this home tell of the end.")
@click.option(
    "--log-size",
    "most_log",
    metavar="BYTES",
    type=click.IntRange(_SMALLEST_LOG, _LARGEST_LOG),
    default=10_000_000,
    show_default=True,
    help="Size at which a new part of the log begins; three are kept.",
)
@pass_invocation
def start(
    invocation: Invocation,
    /,
    *,
    command: tuple[str, ...],
    pid_dir: str | None,
    notify: bool,
    **given: Any,
) -> None:
    """Start any command in the background, and return at once.

    It may say how far it is by lines on its standard output: '@progress 45.2 Copying photos'.
    """
    from meshvisor.features.background.starting import start as start_command

    wanted = notification(invocation) if notify else None
    files = files_of(given.pop("name"), pid_dir)
    found = start_command(files, list(command), notify=wanted, **given)
    show_started(invocation, found)


@background.command(cls=Command, examples=("background wait nightly --timeout 10m",))
@click.argument("name", metavar="NAME", type=NAME)
@pid_dir_option
@click.option(
    "--timeout", metavar="TIME", type=DURATION, help="Wait no longer [default: no limit]."
)
@pass_invocation
def wait(invocation: Invocation, *, name: str, pid_dir: str | None, timeout: float | None) -> int:
    """Wait for the end of a command.

    The exit code is 0 if it is completed, else 1.
    """
    from meshvisor.features.background.cancelling import wait_for
    from meshvisor.features.background.looking import look, look_for
    from meshvisor.features.background.status import State

    files = files_of(name, pid_dir)
    found = look_for(files)
    if found.runs and not wait_for(found, timeout):
        raise MeshvisorError(
            f"the background command {name} still runs; "
            f"'{command_line(f'process-status {name}', files.folder)}' shows it"
        )
    ended = look(files)
    if ended is None:
        raise MeshvisorError(f"the background command {name} was cancelled")
    invocation.show(as_json(ended), _view)
    return 0 if ended.status.status == State.COMPLETED else MeshvisorError.exit_code


@background.command(cls=Command, examples=("background clean", "background clean nightly"))
@click.argument("names", metavar="[NAME]...", type=NAME, nargs=-1)
@pid_dir_option
@pass_invocation
def clean(invocation: Invocation, *, names: tuple[str, ...], pid_dir: str | None) -> None:
    """Remove the files of commands that have ended, also their logs.

    Those that run stay, and those that have left processes.
    """
    from meshvisor.features.background.cleaning import clean as clean_files

    folder = choose_folder(pid_dir)
    cleaned = clean_files(folder, names)
    invocation.show(
        {"folder": str(folder), "removed": cleaned.removed},
        lambda found: (
            f"{number(len(found['removed']), 'command is', 'commands are')} removed from {folder}"
            + (f": {', '.join(found['removed'])}." if found["removed"] else ".")
        ),
    )
    if cleaned.problems:
        raise MissingError(
            f"in {folder} cannot be removed: {', '.join(cleaned.problems)}; remove them yourself, "
            "or name another folder with --pid-dir"
        )


def notification(invocation: Invocation) -> list[str]:
    """Return the command of ours that tells of the end of another.

    A home whose channels take none is said; one may be added while the command runs.

    Raises:
        MissingError: the folder is no home, so that no supervisor would send it.
    """
    from meshvisor.supervisor.cli.offline import require

    require(invocation.home)
    if not _has_channel(invocation):
        output.remark(
            "Nothing will tell of the end: no channel takes such a notification. Write one into "
            "the settings, as [channels.NAME], and try it with 'meshvisor notify test NAME'."
        )
    return ["--home", str(invocation.home.root), "notify", "send"]


# Private


def _has_channel(invocation: Invocation) -> bool:
    """Say whether a channel takes what a command that has failed sends: a warning, for no user."""
    from meshvisor.features.notifications.model.severity import Severity
    from meshvisor.features.notifications.settings import ChannelSettings
    from meshvisor.shared.settings.load import load_settings

    settings = load_settings(invocation.home, os.environ)
    return any(
        one.enabled and one.everything and one.severity.rank <= Severity.WARNING.rank
        for one in settings.named(ChannelSettings).values()
    )


def _view(view: dict[str, Any]) -> str:
    return text_of(view, colours=has_colours())

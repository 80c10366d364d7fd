"""Making the twin of a command: the same options, and it goes on in the background."""

from __future__ import annotations

from typing import Any

import click

from meshvisor.features.background.cli.options import files_of
from meshvisor.features.statistics.cli.options import CommandWithLists
from meshvisor.supervisor.cli.command import PROGRAM, Command, Invocation


def twin(command: click.Command, process: str) -> click.Command:
    """Return the command `NAME-background`.

    Wrong options are refused before anything is started.

    Args:
        command: of `meshvisor stats`.
        process: the name of the background command.
    """
    assert isinstance(command, Command)
    name = command.name
    assert name is not None
    said = [p for p in command.params if p.name not in {"home", "json"}]
    made = _Twin(
        f"{name}-background",
        callback=_start,
        params=[
            *said,
            click.Option(
                ["--pid-dir"],
                metavar="DIR",
                type=click.Path(file_okay=False),
                help="Folder of the files [default: MESHVISOR_PID_DIR, else your own].",
            ),
            click.Option(
                [_FORCE, "force_folder"],
                is_flag=True,
                help="Use a folder that others may write to.",
            ),
            click.Option(
                ["--notify"],
                is_flag=True,
                help="Have the supervisor of this home tell of the end.",
            ),
        ],
        help=(
            f"Do 'stats {name}' in the background, as the process {process}.\n\n"
            f"See 'meshvisor process-status {process}' for how it is."
        ),
        short_help=process,
        examples=(
            command.examples[0].replace(name, f"{name}-background", 1),
            f"process-status {process} --show-log",
        ),
    )
    made.original, made.process = name, process
    return made


# Private


class _Twin(CommandWithLists):
    original = process = ""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Keep what was written: it is what the command will be given."""
        given = list(args)
        context = super().make_context(info_name, args, parent, **extra)
        context.meta[_GIVEN] = given
        return context


_GIVEN = "meshvisor.statistics.given"

_FORCE = "--force-pid-dir"
"""What `--force` is to `background start`; to `aggregate` that means something else."""

_OURS = {"--pid-dir": 1, _FORCE: 0, "--home": 1, "--json": 0, "--notify": 0}
"""Options that are not handed on, and how many values they have."""


@click.pass_context
def _start(
    context: click.Context,
    /,
    pid_dir: str | None = None,
    force_folder: bool = False,
    notify: bool = False,
    **_checked: Any,
) -> None:
    from meshvisor.features.background.cli.background import notification
    from meshvisor.features.background.cli.started import show_started
    from meshvisor.features.background.starting import start
    from meshvisor.supervisor.cli.offline import require

    command = context.command
    assert isinstance(command, _Twin)
    invocation = context.ensure_object(Invocation)
    require(invocation.home)  # rather than to fail in a log
    home = str(invocation.home.root)
    rest = _without_ours(context.meta[_GIVEN])
    words = [PROGRAM, "--home", home, "stats", command.original, *rest]
    wanted = notification(invocation) if notify else None
    files = files_of(command.process, pid_dir)
    found = start(files, words, force=force_folder, force_option=_FORCE, notify=wanted)
    show_started(invocation, found)


def _without_ours(given: list[str]) -> list[str]:
    kept: list[str] = []
    skip = 0
    for word in given:
        if skip:
            skip -= 1
            continue
        name, equals, _ = word.partition("=")
        if name in _OURS:
            skip = 0 if equals else _OURS[name]
        else:
            kept.append(word)
    return kept

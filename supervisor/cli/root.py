"""`meshvisor` itself: the list of commands and the way from their errors to one sentence.

Owns the headings of the help and the names of what belongs to no feature; a feature names its
commands itself (`Feature.commands`).  Modules are loaded when a command is used or helped with.
"""

from __future__ import annotations

from typing import Final

import click

from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.feature import features
from meshvisor.shared.version import VERSION
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import PROGRAM, Group
from meshvisor.supervisor.cli.terminal import clean_lines

_HEADINGS: Final = (
    "Set up and run",
    "See how it is",
    "Meshes",
    "Work",
    "Who may do what",
    "Try and talk",
    "Help and repair",
)
"""In the order of the help; one that is a feature's own comes before the last."""

_COMMANDS: Final = {
    "Set up and run": {
        "run": "meshvisor.supervisor.cli.run:run",
        "shutdown": "meshvisor.supervisor.cli.shutdown:shutdown",
        "config": "meshvisor.supervisor.cli.config.command:config",
    },
    "See how it is": {
        "status": "meshvisor.supervisor.cli.status.command:status",
        "logs": "meshvisor.supervisor.cli.logs.command:logs",
        "doctor": "meshvisor.supervisor.cli.doctor:doctor",
        "events": "meshvisor.supervisor.cli.events:events",
        "audit": "meshvisor.supervisor.cli.audit:audit",
    },
    "Help and repair": {
        "help": "meshvisor.supervisor.cli.command:help_",
        "version": "meshvisor.supervisor.cli.version:version",
        "completion": "meshvisor.supervisor.cli.completion:completion",
        "salvage": "meshvisor.supervisor.cli.salvage:salvage",
    },
}
"""The kernel's own commands, which belong to no feature."""

_EXAMPLES: Final = (
    "run --playground",
    "status --watch",
    "logs lobby -f",
    "restart --all --wait",
    "help jobs submit",
)


class _Root(Group):
    """The commands of kernel and features; what a feature brings is read when it is needed."""

    _is_complete = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all, as in the help."""
        self._complete()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load and return a command; one of the kernel's is found without any feature."""
        if not self.has(cmd_name):
            self._complete()
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each command, below the headings."""
        self._complete()
        super().format_commands(ctx, formatter)

    def _complete(self) -> None:
        if not self._is_complete:
            self._is_complete = True
            self.arrange(_all_commands())


@click.group(cls=_Root, sections=_COMMANDS, examples=_EXAMPLES)
@click.version_option(VERSION, "-V", "--version", message="%(prog)s %(version)s")
def cli() -> None:
    """Keep fleets of chat and radio-mesh bots running: one isolated process per mesh."""


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code.

    Raises:
        MeshvisorError: it failed; click's own errors come as such, too.
        KeyboardInterrupt: the person at the terminal wants it to end.
    """
    _have_warnings_shown()
    try:
        code = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        # A group without a command: its help is the next step.
        output.remark(error.format_message())
        return UsageError.exit_code
    except click.UsageError as error:
        raise UsageError(_sentence(error)) from None
    except click.ClickException as error:
        raise MeshvisorError(error.format_message()) from None
    except click.Abort:
        raise KeyboardInterrupt from None
    return code if isinstance(code, int) else 0


# Private


def _all_commands() -> dict[str, dict[str, str]]:
    """Return the entries below each heading, in the order of the help."""
    found = {heading: dict(_COMMANDS.get(heading, {})) for heading in _HEADINGS}
    last = found.pop(_HEADINGS[-1])
    for feature in features():
        for heading, commands in feature.commands.items():
            for name, target in commands.items():
                held = found.setdefault(heading, {})
                held[name] = feature.full(target)
                _move(held, name, feature.before.get(name))
    return {heading: held for heading, held in found.items() if held} | {_HEADINGS[-1]: last}


def _move(commands: dict[str, str], name: str, before: str | None) -> None:
    """Put a command before another one, if that is there."""
    if before in commands:
        names = [one for one in commands if one != name]
        names.insert(names.index(before), name)
        targets = {one: commands[one] for one in names}
        commands.clear()
        commands.update(targets)


def _have_warnings_shown() -> None:
    """Have what a command logs seen as a sentence; a supervisor has a log of its own."""
    import logging

    class Shown(logging.Handler):
        """Says what is worth a warning, without a traceback."""

        def emit(self, record: logging.LogRecord) -> None:
            # What the event loop reports has become an error, which is said.
            if not record.name.startswith("asyncio"):
                output.remark(f"Warning: {clean_lines(record.getMessage())}")

    if not logging.getLogger().handlers:
        logging.getLogger().addHandler(Shown(logging.WARNING))


def _sentence(error: click.UsageError) -> str:
    text = error.format_message().strip().replace("a valid integer range", "a whole number")
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        from meshvisor.shared.near_names import did_you_mean
        from meshvisor.supervisor.cli.habits import option_hint, option_like

        option = error.option_name
        if hint := option_hint(error.ctx.info_name or "", option):
            return f"There is no option {option}; {hint}."
        like = option_like(option, error.possibilities or ())
        meant = did_you_mean([f"'{like}'"]) if like else f"see '{error.ctx.command_path} --help'."
        return f"No such option '{option}'; {meant}"
    if not text.endswith((".", "?", "!")):
        text += "."
    if error.ctx is None or "meshvisor" in text or "see " in text or text.endswith("?"):
        return text
    return f"{text[:-1]}; see '{error.ctx.command_path} --help'."

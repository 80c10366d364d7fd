"""What every command has in common: `--home` and `--json`, before or after its name.

Owns the options, how they reach a command, and the groups that load their commands only when
they are used, their command `help`, and the examples in every help.  Does not own any command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from meshvisor.shared.paths import HOME_VARIABLE, Home
from meshvisor.supervisor.cli import output

if TYPE_CHECKING:
    from meshvisor.shared.control.client import ControlClient

CONTEXT_SETTINGS: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


PROGRAM: Final = "meshvisor"

HELP: Final = "help"
"""A command of every group."""


class Invocation:
    """What `--home` and `--json` said, wherever they stood; the context's `obj`."""

    def __init__(self) -> None:
        self._home: Home | None = None
        self.as_json = False

    @property
    def home(self) -> Home:
        """The home folder that this command is about."""
        # Once: a supervisor works in its home, where a relative name means another folder.
        if self._home is None:
            self._home = Home.locate()
        return self._home

    def set_home(self, given: str) -> None:
        """Take over the value of `--home`."""
        self._home = Home.locate(given)

    def connect(self) -> ControlClient:
        """Return a connection to the supervisor of the home.

        Raises:
            NotRunningError: there is none.
        """
        # Many commands need no supervisor.
        from meshvisor.shared.control.client import REQUEST_TIMEOUT, ControlClient

        return ControlClient(self.home.root, REQUEST_TIMEOUT, wait=output.until_readable)

    def request(self, kind: str, **arguments: Any) -> Any:
        """Ask the supervisor one thing and return the result."""
        with self.connect() as client:
            return client.request(kind, **arguments)

    def show(self, result: Any, view: Callable[[Any], str]) -> None:
        """Print `result`: as JSON with `--json`, else what `view` makes of it."""
        print_json(result) if self.as_json else echo(view(result))


pass_invocation: Final = click.make_pass_decorator(Invocation, ensure=True)


def print_json(value: Any) -> None:
    """Print `value` for programs."""
    echo(output.to_json(value, indent=2))


def echo(text: str) -> None:
    """Print `text` and a newline."""
    output.write(text + "\n")


class Command(click.Command):
    """A command with the common options.

    Args:
        examples: command lines without `meshvisor`, for the end of its help.
    """

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.params += _common_options()
        self.examples = tuple(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, then what click has to say."""
        _write_examples(self.examples, formatter)
        super().format_epilog(ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; raises `MeshvisorError` for a pipe of its own that has broken."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            # Click would take it for a reader of our output that has seen enough, and end us.
            from meshvisor.shared.system_errors import explain

            raise explain(error) or error from None


class Group(click.Group):
    """A group with the common options, whose commands are found in other modules.

    `help` is a command of every group.

    Args:
        lazy: the name of each command to `module:attribute`.
        sections: the same below headings, for the help of a group that has many.
        examples: as for a command.
    """

    command_class = Command

    def __init__(
        self,
        *arguments: Any,
        lazy: Mapping[str, str] | None = None,
        sections: Mapping[str, Mapping[str, str]] | None = None,
        examples: Sequence[str] = (),
        **attributes: Any,
    ) -> None:
        attributes.setdefault("context_settings", CONTEXT_SETTINGS)
        super().__init__(*arguments, **attributes)
        self.params += _common_options()
        self._lazy = dict(lazy or {})
        self._sections: Mapping[str, Mapping[str, str]] = {}
        self.arrange(sections or {})
        self.examples = tuple(examples)

    def arrange(self, sections: Mapping[str, Mapping[str, str]]) -> None:
        """Take commands below headings, in the order of the help; known ones change places."""
        self._sections = sections
        arranged = {name: one for commands in sections.values() for name, one in commands.items()}
        self._lazy = arranged | {n: one for n, one in self._lazy.items() if n not in arranged}

    def has(self, name: str) -> bool:
        """Say whether a command is known, loaded or not."""
        return name in self._lazy or name in self.commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which they were given."""
        return [*self._lazy, *(name for name in self.commands if name not in self._lazy)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load and return a command."""
        if cmd_name in self._lazy and cmd_name not in self.commands:
            module, _, attribute = self._lazy[cmd_name].partition(":")
            self.commands[cmd_name] = getattr(import_module(module), attribute)
        found = super().get_command(ctx, cmd_name)
        if found is None and cmd_name == HELP:
            return help_
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names, or say which ones are near."""
        name = args[0]
        if self.get_command(ctx, name) is None and not ctx.resilient_parsing:
            from meshvisor.shared.feature import WITHOUT, left_out
            from meshvisor.supervisor.cli.habits import hint

            for feature in left_out():
                if any(name in commands for commands in feature.commands.values()):
                    ctx.fail(
                        f"The command {name!r} is of the feature {feature.name}, which {WITHOUT} "
                        "leaves out."
                    )
            group = " ".join(ctx.command_path.split()[1:])
            meant = hint(group, name, self.list_commands(ctx)) or f"see {ctx.command_path} -h"
            end = "" if meant.endswith("?") else "."
            ctx.fail(f"There is no command {name!r}; {meant}{end}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each command, below the headings that there are."""
        if not self._sections:
            super().format_commands(ctx, formatter)
            return
        # One width for all, so that the columns of the sections are aligned.
        widest = max(map(len, self._lazy))
        limit = formatter.width - 6 - widest
        for heading, commands in self._sections.items():
            with formatter.section(heading):
                rows = [
                    (name.ljust(widest), command.get_short_help_str(limit))
                    for name in commands
                    if (command := self.get_command(ctx, name)) is not None
                ]
                formatter.write_dl(rows, col_max=widest)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, then what click has to say."""
        _write_examples(self.examples, formatter)
        super().format_epilog(ctx, formatter)


# Private


def _write_examples(examples: Sequence[str], formatter: click.HelpFormatter) -> None:
    if examples:
        with formatter.section("Examples"):
            for example in examples:
                # Not wrapped: it is there to be copied.
                formatter.write(f"{'':>{formatter.current_indent}}{PROGRAM} {example}\n")


def _common_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["--home"],
            metavar="DIR",
            type=click.Path(file_okay=False),
            expose_value=False,
            callback=_take_home,
            help=f"Folder of settings and state (default: {HOME_VARIABLE}, else the current one).",
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            expose_value=False,
            callback=_take_json,
            help="Print JSON for programs.",
        ),
    ]


def _take_home(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Invocation).set_home(value)


def _take_json(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    # Also without the option, so that every command finds an object.
    invocation = ctx.ensure_object(Invocation)
    invocation.as_json = invocation.as_json or value


# ---- The command of every group, which needs all of the above -----------------------------------


@click.command("help", cls=Command, examples=("help", "help logs", "help jobs submit"))
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
@click.pass_context
def help_(ctx: click.Context, *, words: tuple[str, ...]) -> None:
    """Show what a command does and which options it has."""
    context = ctx.parent or ctx
    command = context.command
    for word in words:
        if not isinstance(command, click.Group):
            raise click.UsageError(f"{context.command_path!r} has no commands of its own", context)
        _, found, _ = command.resolve_command(context, [word])
        if found is None:  # a wrong one has been refused
            break
        context = click.Context(found, parent=context, info_name=word)
        command = found
    echo(command.get_help(context))

"""`meshvisor` itself: the list of commands and the way from their errors to one sentence.

Owns the names.  The modules are loaded when a command is used or helped with.
"""

from __future__ import annotations

from typing import Final

import click

from shared.errors import MeshvisorError, UsageError
from shared.version import VERSION
from supervisor.cli import output
from supervisor.cli.command import PROGRAM, Group
from supervisor.cli.terminal import clean_lines

_SECTIONS: Final = {
    "Set up and run": {
        "init": "supervisor.cli.init:init",
        "run": "supervisor.cli.run:run",
        "shutdown": "supervisor.cli.lifecycle:shutdown",
        "config": "supervisor.cli.config:config",
        "login": "supervisor.cli.login_command:login",
        "relogin": "supervisor.cli.refresh:relogin",
        "credentials": "supervisor.cli.credentials:credentials",
    },
    "See how it is": {
        "status": "supervisor.cli.status:status",
        "health": "supervisor.cli.health:health",
        "logs": "supervisor.cli.logs:logs",
        "doctor": "supervisor.cli.doctor:doctor",
        "audit": "supervisor.cli.audit:audit",
    },
    "Meshes": {
        "meshes": "supervisor.cli.meshes:meshes",
        "start": "supervisor.cli.lifecycle:start",
        "stop": "supervisor.cli.lifecycle:stop",
        "restart": "supervisor.cli.lifecycle:restart",
        "blocklist": "supervisor.cli.blocklist:blocklist",
    },
    "Work": {
        "jobs": "supervisor.cli.jobs.group:jobs",
    },
    "Who may do what": {
        "admin": "supervisor.cli.admin:admin",
        "perm": "supervisor.cli.perm:perm",
        "refresh": "supervisor.cli.refresh:refresh",
    },
    "Try and talk": {
        "chat": "supervisor.cli.chat_command:chat",
        "playground": "supervisor.cli.playground:playground",
    },
    "Help and repair": {
        "help": "supervisor.cli.command:help_",
        "version": "supervisor.cli.version:version",
        "completion": "supervisor.cli.completion:completion",
        "salvage": "supervisor.cli.salvage:salvage",
    },
}

_EXAMPLES: Final = (
    "run --playground",
    "status --watch",
    "logs lobby -f",
    "restart --all --wait",
    "help jobs submit",
)


@click.group(cls=Group, sections=_SECTIONS, examples=_EXAMPLES)
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
    text = error.format_message().strip()
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        from supervisor.cli.habits import option_hint, option_like

        option = error.option_name
        if hint := option_hint(error.ctx.info_name or "", option):
            return f"There is no option {option}; {hint}."
        like = option_like(option, error.possibilities or ())
        meant = f"did you mean '{like}'?" if like else f"see '{error.ctx.command_path} --help'."
        return f"No such option '{option}'; {meant}"
    if not text.endswith((".", "?", "!")):
        text += "."
    if error.ctx is None or "meshvisor" in text or "see " in text or text.endswith("?"):
        return text
    return f"{text[:-1]}; see '{error.ctx.command_path} --help'."

"""`meshvisor` itself: the list of commands and the way from their errors to one sentence.

Owns the names.  The modules are loaded when a command is used or helped with.
"""

from __future__ import annotations

from typing import Final

import click

from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.version import VERSION
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import PROGRAM, Group
from meshvisor.supervisor.cli.terminal import clean_lines

_SECTIONS: Final = {
    "Set up and run": {
        "init": "meshvisor.supervisor.cli.init.command:init",
        "run": "meshvisor.supervisor.cli.run:run",
        "shutdown": "meshvisor.supervisor.cli.lifecycle:shutdown",
        "config": "meshvisor.supervisor.cli.config.command:config",
        "login": "meshvisor.features.access.cli.login_command:login",
        "relogin": "meshvisor.features.access.cli.refresh:relogin",
        "credentials": "meshvisor.features.access.cli.credentials:credentials",
    },
    "See how it is": {
        "status": "meshvisor.supervisor.cli.status.command:status",
        "health": "meshvisor.features.fleet.cli.health:health",
        "logs": "meshvisor.supervisor.cli.logs.command:logs",
        "doctor": "meshvisor.supervisor.cli.doctor:doctor",
        "events": "meshvisor.supervisor.cli.events:events",
        "audit": "meshvisor.supervisor.cli.audit:audit",
    },
    "Meshes": {
        "meshes": "meshvisor.features.fleet.cli.meshes:meshes",
        "start": "meshvisor.supervisor.cli.lifecycle:start",
        "stop": "meshvisor.supervisor.cli.lifecycle:stop",
        "restart": "meshvisor.supervisor.cli.lifecycle:restart",
        "blocklist": "meshvisor.features.blocklist.cli.blocklist:blocklist",
    },
    "Work": {
        "jobs": "meshvisor.features.jobs.cli.group:jobs",
    },
    "Who may do what": {
        "admin": "meshvisor.features.access.cli.admin:admin",
        "perm": "meshvisor.features.access.cli.perm:perm",
        "refresh": "meshvisor.features.access.cli.refresh:refresh",
    },
    "Try and talk": {
        "chat": "meshvisor.supervisor.cli.chat.command:chat",
        "playground": "meshvisor.features.playground.cli.playground:playground",
    },
    "Help and repair": {
        "help": "meshvisor.supervisor.cli.command:help_",
        "version": "meshvisor.supervisor.cli.version:version",
        "completion": "meshvisor.supervisor.cli.completion:completion",
        "salvage": "meshvisor.supervisor.cli.salvage:salvage",
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

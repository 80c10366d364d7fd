"""What is said when a background command was started; the `-background` twins say it, too."""

from __future__ import annotations

from typing import Any

from meshvisor.features.background.cli.view import as_json
from meshvisor.features.background.folder import command_line
from meshvisor.features.background.looking import Found
from meshvisor.supervisor.cli.command import Invocation


def show_started(invocation: Invocation, found: Found) -> None:
    """Print its PID, and the commands to watch and to cancel it."""

    def command(words: str) -> str:
        return command_line(words, found.files.folder)

    def view(started: dict[str, Any]) -> str:
        name = started["name"]
        rows = {
            "watch it": command(f"process-status {name} --show-log"),
            "wait": command(f"background wait {name}"),
            "cancel it": command(f"cancel-process {name}"),
            "log": started["files"]["log"],
        }
        headline = f"{name} runs in the background: PID {started['pid']}"
        return "\n".join([headline, *(f"  {what:<10} {text}" for what, text in rows.items())])

    invocation.show(as_json(found), view)

"""How one background command is shown."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from meshvisor.features.background.bar import bar
from meshvisor.features.background.folder import command_line
from meshvisor.features.background.looking import Found
from meshvisor.features.background.status import State
from meshvisor.features.background.usage import usage_of
from meshvisor.supervisor.cli.human import duration, number, size
from meshvisor.supervisor.cli.terminal import CYAN, DIM, GREEN, RED, YELLOW, clean, paint

COLOURS: Final = {
    State.RUNNING: CYAN,
    State.COMPLETED: GREEN,
    State.FAILED: RED,
    State.CANCELLED: YELLOW,
    State.CRASHED: RED,
}


def as_json(found: Found) -> dict[str, Any]:
    """Return all about a command, for programs; times are seconds since 1970, spans seconds."""
    files, usage = found.files, usage_of(found)
    return {
        "name": files.name,
        **asdict(found.status),
        "runtime": round(found.runtime, 3),
        "remaining": None if found.remaining is None else round(found.remaining, 1),
        "left": found.left,
        "usage": None if usage is None else asdict(usage),
        "files": {"pid": str(files.pid), "status": str(files.status), "log": str(files.log)},
    }


def text_of(view: dict[str, Any], *, colours: bool) -> str:
    """Return what `as_json` has returned for people."""
    status = State(view["status"])
    lines = [_headline(view, status, colours)]
    if view["progress"] is not None:
        left = view["remaining"]
        rest = f"  about {duration(left)} left" if left is not None else ""
        lines.append(f"  {bar(view['progress'])}{rest}")
    lines += [
        f"  {name:<9} {clean(text)}"
        for name, text in (
            ("task", view["current_task"]),
            ("error", view["error"]),
            ("command", view["command"]),
            ("folder", view["directory"]),
            ("usage", _usage_text(view["usage"])),
            ("log", view["files"]["log"]),
        )
        if text
    ]
    if view["left"]:
        count = number(len(view["left"]), "process", "processes")
        lines.append(
            f"{paint('!', YELLOW, colours)} {count} of it still run: PID "
            f"{', '.join(map(str, view['left']))}; '{_cancelling(view)}' ends them"
        )
    return "\n".join(lines)


# Private


def _cancelling(view: dict[str, Any]) -> str:
    return command_line(f"cancel-process {view['name']}", Path(view["files"]["pid"]).parent)


def _headline(view: dict[str, Any], status: State, colours: bool) -> str:
    word = paint(status, COLOURS[status], colours)
    if status == State.RUNNING:
        return f"{view['name']}: {word}, PID {view['pid']}, for {duration(view['runtime'])}"
    code = "" if view["exit_code"] is None else f", exit code {view['exit_code']}"
    after = paint(f"after {duration(view['runtime'])}", DIM, colours)
    return f"{view['name']}: {word} {after}{code}"


def _usage_text(usage: dict[str, Any] | None) -> str:
    if usage is None:
        return ""
    return (
        f"{number(usage['processes'], 'process', 'processes')}, {size(usage['memory'])}, "
        f"{usage['cpu_percent']:.0f} % of a core on average"
    )

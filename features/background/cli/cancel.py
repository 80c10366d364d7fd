"""`meshvisor cancel-process`."""

from __future__ import annotations

from typing import Any

import click

from meshvisor.features.background.cancelling import cancel
from meshvisor.features.background.cli.options import NAME, files_of, pid_dir_option
from meshvisor.features.background.looking import look_for
from meshvisor.features.background.status import OUTCOMES, State
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.model.duration import parse_duration
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import duration


class _Seconds(click.ParamType[float]):
    """Seconds, or a duration with a unit."""

    name = "seconds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it."""
        if isinstance(value, (int, float)):
            return float(value)
        try:
            seconds = float(value) if value.replace(".", "", 1).isdigit() else parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return seconds


@click.command(
    "cancel-process",
    short_help="End a background command.",
    cls=Command,
    examples=("cancel-process nightly", "cancel-process nightly --timeout 60"),
)
@click.argument("name", metavar="NAME", type=NAME)
@pid_dir_option
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=_Seconds(),
    default=30.0,
    show_default="30",
    help="How long it may take to end by itself before it is killed.",
)
@pass_invocation
def cancel_process(
    invocation: Invocation, *, name: str, pid_dir: str | None, timeout: float
) -> None:
    """End a background command and all that comes from it.

    It is asked to end (SIGTERM), and killed if it does not. Its PID and status files are removed;
    its log stays.
    """
    found = look_for(files_of(name, pid_dir))
    if not found.runs and not found.left:
        raise MeshvisorError(
            f"the background command {name} does not run: it "
            f"{OUTCOMES[State(found.status.status)]} after "
            f"{duration(found.runtime)}; there is nothing to cancel"
        )
    is_killed = cancel(found, timeout)
    result = {
        "name": name,
        "pid": found.status.pid,
        "killed": is_killed,
        "log": str(found.files.log),
    }
    invocation.show(result, _view)


# Private


def _view(result: dict[str, Any]) -> str:
    how = "did not end by itself and was killed" if result["killed"] else "has ended"
    return f"{result['name']} (PID {result['pid']}) {how}; its log is left: {result['log']}"

"""`meshvisor jobs hold`, `release`, `holds`: keep jobs from beginning, all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from meshvisor.features.jobs.cli.parameters import FUTURE_MOMENT, LANE
from meshvisor.features.jobs.cli.words import clock_time
from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.terminal import clean


def _what(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name what is meant."""
    for option in (
        click.option("--all", "everything", is_flag=True, help="Everything."),
        click.option("--rate-key", metavar="KEY", help="Jobs that share this rate limit."),
        click.option("--lane", metavar="LANE", type=LANE, help="Jobs of this lane."),
    ):
        command = option(command)
    return command


@click.command(cls=Command, examples=("jobs hold --lane game-api", "jobs hold --all --until +30m"))
@_what
@click.option(
    "--until",
    metavar="WHEN",
    type=FUTURE_MOMENT,
    help="When it ends by itself: +10m, or 2026-03-01T12:00.",
)
@pass_invocation
def hold(invocation: Invocation, /, *, until: str | None, **what: Any) -> None:
    """Keep a lane, a rate key or everything from beginning.

    What runs stops at its next item and waits.
    """
    invocation.show(ask(invocation, "jobs_hold", until=until, **_named(**what)), view)


@click.command(cls=Command, examples=("jobs release --lane game-api", "jobs release --all"))
@_what
@pass_invocation
def release(invocation: Invocation, /, **what: Any) -> int:
    """End what `hold` has begun."""
    result = ask(invocation, "jobs_release", **_named(**what))
    invocation.show(result, view if result["changed"] else _unchanged)
    return 0 if result["changed"] else MeshvisorError.exit_code


@click.command(cls=Command, examples=("jobs holds",))
@pass_invocation
def holds(invocation: Invocation) -> None:
    """List what is on hold."""
    invocation.show(ask(invocation, "jobs_holds"), view)


def view(result: dict[str, Any]) -> str:
    """Return what is on hold, in a line each."""
    lines = [_line(hold) for hold in result["holds"]]
    return "\n".join(lines) or "Nothing is on hold."


# Private


def _named(*, lane: str | None, rate_key: str | None, everything: bool) -> dict[str, str]:
    given = [("lane", lane), ("rate_key", rate_key), ("all", "" if everything else None)]
    named = [(kind, name) for kind, name in given if name is not None]
    if len(named) != 1:
        raise click.UsageError("name one of --lane LANE, --rate-key KEY and --all")
    return {"scope": named[0][0], "name": named[0][1]}


def _line(hold: dict[str, Any]) -> str:
    subject = {"all": "Everything", "lane": "Lane {}", "rate_key": "Rate key {}"}[hold["scope"]]
    until = f" until {clock_time(hold['until'])}" if hold["until"] else ""
    since = clock_time(hold["set_at"])
    return clean(
        f"{subject.format(hold['name'])} is on hold{until}, since {since} by {hold['by']}."
    )


def _unchanged(result: dict[str, Any]) -> str:
    return f"It was not on hold. {view(result)}"

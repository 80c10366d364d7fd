"""`meshvisor events`: what has happened, and with `--follow` what happens from now on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import click

from meshvisor.shared.errors import MeshvisorError, NotRunningError
from meshvisor.shared.listed import listed
from meshvisor.supervisor.cli import offline, output
from meshvisor.supervisor.cli.command import Command, Invocation, echo, pass_invocation
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.parameters import MESH
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

DEFAULT_LIMIT: Final = 50

MOST: Final = 1000
"""Events of one answer (`supervisor.control.requests.events.MAX_EVENTS`)."""

HIGHEST_SEQ: Final = 2**53
"""Number of an event (`supervisor.control.requests.events.MAX_SEQ`)."""

MOST_LISTED: Final = 5
"""Numbers of events in a sentence."""

PAUSE: Final = 0.25
"""Seconds between two looks for the next supervisor; a start takes about as long."""

_COLUMNS: Final = (
    Column("SEQ", right=True),
    Column("WHEN"),
    Column("KIND"),
    Column("OF", may_cut=True),
    Column("MESH", may_cut=True),
    Column("WHO", may_cut=True),
    Column("DATA", may_cut=True, may_go=True),
)


@click.command(
    cls=Command,
    examples=(
        "events",
        "events --kind job.failed --mesh lobby",
        "events --kind 'job.*' --follow",
        "events --kind 'job.*' --subject 42",
        "events --after 1200 --limit 500 --json",
    ),
    short_help="Show what has happened, and follow what happens.",
)
@click.option(
    "--kind",
    "-k",
    "kinds",
    metavar="KIND",
    multiple=True,
    help="Only this kind, or a family such as 'job.*'; may be repeated.",
)
@click.option("--mesh", "-m", "mesh_id", type=MESH, help="Only what happened in this mesh.")
@click.option(
    "--subject",
    "-s",
    metavar="ID",
    help="Only what is about this: a user, a job, an alert, a workflow.",
)
@click.option(
    "--after",
    type=click.IntRange(0, HIGHEST_SEQ),
    metavar="SEQ",
    help="Only later ones, from the oldest on (default: the newest ones).",
)
@click.option(
    "--limit",
    "-n",
    type=click.IntRange(1, MOST),
    default=DEFAULT_LIMIT,
    help=f"How many of the past (default: {DEFAULT_LIMIT}).",
)
@click.option("--follow", "-f", is_flag=True, help="Go on with new ones until Ctrl+C.")
@pass_invocation
def events(
    invocation: Invocation, /, *, kinds: tuple[str, ...], follow: bool, **chosen: Any
) -> None:
    """Show what has happened, the oldest first; docs/events.md lists all kinds.

    Also without a running supervisor; only --follow needs one.
    """
    arguments = {"kinds": list(kinds), **chosen}
    if not follow:
        page = offline.ask(invocation, "events", **arguments)
        if unreadable := page.pop("unreadable", ()):
            output.remark(_left_out(unreadable))
        invocation.show(page, _view)
        return
    try:
        _follow(invocation, arguments, _show_json if invocation.as_json else _show)
    except KeyboardInterrupt:
        return  # how one ends it


# Private


def _follow(
    invocation: Invocation, arguments: dict[str, Any], show: Callable[[Mapping[str, Any]], None]
) -> None:
    """Show events of one supervisor after another; raises `NotRunningError` if none runs at first.

    Each goes on where the last one has ended: the log is the same.
    """
    is_first = True
    while True:
        try:
            with invocation.connect() as client:
                for event in client.stream("events_follow", **arguments):
                    is_first = False
                    if "live" in event:
                        arguments["after"] = event["next"]
                        continue
                    show(event)
                    arguments["after"] = event["seq"]
        except NotRunningError:
            if is_first:
                raise
        except output.OutputError:
            raise
        except MeshvisorError:
            if is_first:
                raise
        else:
            output.remark("The supervisor has stopped; events go on when one runs again.")
        is_first = False
        output.pause(PAUSE)


def _left_out(unreadable: Sequence[int]) -> str:
    numbers = listed([str(seq) for seq in unreadable], MOST_LISTED)
    return (
        f"Left out, for their data is no JSON object: {numbers}. Another program has changed them; "
        "restore a backup if it matters what they were."
    )


def _show_json(event: Mapping[str, Any]) -> None:
    echo(output.to_json(event))


def _show(event: Mapping[str, Any]) -> None:
    who = (event["subject"], event["mesh_id"], event["actor"], _data(event["data"]))
    known = "  ".join(clean(text) for text in who if text)
    echo(f"{event['seq']}  {moment(event['at'], seconds=True)}  {clean(event['kind'])}  {known}")


def _view(result: dict[str, Any]) -> str:
    if not result["events"]:
        return "Nothing of this has happened."
    return "\n".join(
        render(
            _COLUMNS, [_row(one) for one in result["events"]], fit=columns(), colours=has_colours()
        )
    )


def _row(event: Mapping[str, Any]) -> Sequence[object]:
    return (
        event["seq"],
        moment(event["at"], seconds=True),
        event["kind"],
        event["subject"] or "",
        event["mesh_id"] or "",
        event["actor"] or "",
        _data(event["data"]),
    )


def _data(data: Mapping[str, Any]) -> str:
    """Return what is known, in one line; the version is for programs."""
    known = {name: value for name, value in data.items() if value is not None and name != "v"}
    return " ".join(f"{name}={_text(value)}" for name, value in known.items())


def _text(value: object) -> str:
    return value if isinstance(value, str) else output.to_json(value)

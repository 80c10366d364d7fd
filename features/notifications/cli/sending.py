"""`meshvisor notify send`, `test` and `retry`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import click

from meshvisor.features.jobs.cli.parameters import DATA
from meshvisor.features.notifications.cli.looking import show_view
from meshvisor.features.notifications.cli.words import CHANNEL, SEVERITY
from meshvisor.features.notifications.model.notification import LONGEST_KEY
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.offline import ask, choose, do_without
from meshvisor.supervisor.cli.parameters import DURATION, MESH, USER, CheckedType

if TYPE_CHECKING:
    from meshvisor.shared.control.client import ControlClient

PAUSE: Final = 0.2
"""Seconds between two looks at what has become of a message."""

NOBODY_SENDS: Final = (
    "No supervisor runs; it is sent when one does, or by: meshvisor schedules run "
    "notification-processing"
)


def _key(text: str) -> str:
    if not 0 < len(text) <= LONGEST_KEY:
        raise ValueError(f"a key has 1 to {LONGEST_KEY} characters; shorten it, or leave it out")
    return text


KEY: Final = CheckedType("key", _key)

NAMED: Final = 20
"""Notifications that are named in a sentence."""


@click.command(
    cls=Command,
    examples=(
        'notify send "The server moves at noon" --severity warning',
        'notify send "You have won" --to 12345 --mesh lobby',
        'notify send --template won --data \'{"who": "Ann", "points": 3}\' --channel mail',
    ),
)
@click.argument("title", metavar="[TITLE]", required=False)
@click.option("--text", metavar="TEXT", help="What else there is to say.")
@click.option("--template", metavar="NAME", help="A template of the settings, in place of words.")
@click.option("--data", metavar="JSON", type=DATA, help="Values for the template.")
@click.option("--severity", type=SEVERITY, default="info", show_default=True, help="How bad it is.")
@click.option(
    "--channel",
    "channels",
    metavar="CHANNEL",
    type=CHANNEL,
    multiple=True,
    help="Where; may be repeated [default: as the settings say].",
)
@click.option("--to", "user_id", metavar="USER", type=USER, help="For this user.")
@click.option("--mesh", "mesh_id", metavar="MESH", type=MESH, help="The mesh that it is about.")
@click.option("--key", metavar="KEY", type=KEY, help="The same key is sent once, and counted.")
@click.option("--later", is_flag=True, help="With the next processing, within five minutes.")
@pass_invocation
def send(
    invocation: Invocation,
    /,
    *,
    data: dict[str, Any] | None,
    channels: tuple[str, ...],
    later: bool,
    **given: Any,
) -> None:
    """Tell people something, at once."""
    if given["title"] is None and given["template"] is None:
        raise UsageError('say what is to be told, such as: meshvisor notify send "Hello"')
    arguments = {name: value for name, value in given.items() if value is not None}
    result = ask(
        invocation,
        "notify_send",
        data=data or {},
        channels=list(channels),
        is_urgent=not later,
        **arguments,
    )
    invocation.show(result, show_view)


@click.command(cls=Command, examples=("notify test mail", "notify test mail --timeout 5s"))
@click.argument("channel", metavar="CHANNEL", type=CHANNEL)
@click.option(
    "--timeout",
    metavar="DURATION",
    type=DURATION,
    default="1m",
    show_default=True,
    help="How long it is waited for.",
)
@pass_invocation
def test(invocation: Invocation, *, channel: str, timeout: float) -> int:
    """Send a message on a channel and wait for it.

    The exit code is 0 for one that has arrived, else 1.
    """
    found, unknown = choose(
        invocation,
        lambda client: (
            _until_tried(client, client.request("notify_test", channel=channel), timeout),
            f"Nothing is known of it after {timeout:g} s; meshvisor notify show says more later.",
        ),
        lambda: (do_without(invocation, "notify_test", {"channel": channel}), NOBODY_SENDS),
    )
    invocation.show(found, show_view)
    if found["state"] == "sent":
        return 0
    if not all(map(_is_tried, found["deliveries"])):
        click.echo(unknown, err=True)
    return MeshvisorError.exit_code


@click.command(
    cls=Command, examples=("notify retry 17", "notify retry --all", "notify retry --channel mail")
)
@click.argument("number_", metavar="[NUMBER]", type=click.IntRange(1), required=False)
@click.option("--all", "is_all", is_flag=True, help="All that were given up.")
@click.option("--channel", metavar="CHANNEL", type=CHANNEL, help="All that failed there.")
@pass_invocation
def retry(
    invocation: Invocation, *, number_: int | None, is_all: bool, channel: str | None
) -> None:
    """Try anew what was given up."""
    if number_ is None and not is_all and channel is None:
        raise UsageError("say which: a number that 'meshvisor notify list' shows, or --all")
    arguments: dict[str, Any] = {}
    if number_ is not None:
        arguments["number"] = number_
    if channel is not None:
        arguments["channel"] = channel
    invocation.show(ask(invocation, "notify_retry", **arguments), _retried_view)


# Private


def _until_tried(client: ControlClient, found: dict[str, Any], patience: float) -> dict[str, Any]:
    """Return a notification on one channel when an attempt has ended, or patience has."""
    deadline = time.monotonic() + patience
    while not all(map(_is_tried, found["deliveries"])) and time.monotonic() < deadline:
        time.sleep(PAUSE)
        found = client.request("notify_show", number=found["id"])
    return found


def _is_tried(way: dict[str, Any]) -> bool:
    """Say whether an attempt has ended: it was taken, given up, or put off for a reason."""
    return way["state"] not in {"pending", "sending"} or (
        way["state"] == "pending" and way["reason"] is not None
    )


def _retried_view(result: dict[str, Any]) -> str:
    found = result["notifications"]
    if not found:
        return "Nothing was given up."
    named = ", ".join(map(str, found[:NAMED])) + (" …" if len(found) > NAMED else "")
    return f"Tried anew: {number(len(found), 'notification')} ({named})."

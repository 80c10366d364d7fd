"""`meshvisor playground`: the local mesh server in the foreground, and its faults on request.

Owns the options.  Does not own what a fault does: the playground does, and says what it knows.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Any, Final

import click

from shared.errors import MeshvisorError, MissingError, UsageError
from supervisor.cli.chat_command import server_of
from supervisor.cli.command import Command, Group, Invocation, pass_invocation
from supervisor.cli.parameters import MESH
from supervisor.cli.terminal import clean

DEFAULT_PORT: Final = 8484
"""What `[platform] server` points at unless told otherwise."""

_PEER = click.Option(["--peer"], help="One peer only, by its id (see 'playground state').")

_FAULTS: Final[dict[str, tuple[str, str, bool, list[click.Option]]]] = {
    # command: (name at the playground, help, whether a room is needed, options)
    "kick": (
        "kick",
        "Throw the bot, or all peers, out of a room.",
        True,
        [_PEER, click.Option(["--ban"], is_flag=True, help="For ever.")],
    ),
    "close": ("close", "Close all connections of a room for good (4000).", True, []),
    "end": ("end", "End a room: everybody is told, and discovery lists it no more.", True, []),
    "open": (
        "open",
        "Open a new room, or one that has ended.",
        True,
        [click.Option(["--kinds"], help="Such as public,invited.")],
    ),
    "drop": ("drop", "Cut connections without a word: of a room, or of all.", False, [_PEER]),
    "refuse": (
        "refuse",
        "Refuse connects to a room, or to all.",
        False,
        [
            click.Option(["--status"], type=int, help="HTTP status (default: 503)."),
            click.Option(["--times"], type=int, help="So often (default: until 'mend')."),
            click.Option(["--api"], is_flag=True, help="Refuse REST requests instead."),
        ],
    ),
    "stall": ("stall", "Leave connects to a room, or to all, without an answer.", False, []),
    "silent": ("silence", "Keep connections, but say and answer nothing.", False, []),
    "mend": ("mend", "Lift refuse, stall and silent of a room, or everywhere.", False, []),
    "garbage": (
        "garbage",
        "Send frames that no client can use.",
        True,
        [click.Option(["--kind"], help="harmless (default), deadly, all, or one."), _PEER],
    ),
    "storm": (
        "storm",
        "Say many messages as fast as possible.",
        True,
        [
            click.Option(["--count"], type=int, help="How many (default: 1000)."),
            click.Option(["--text"], help="What."),
        ],
    ),
    "down": (
        "down",
        "Be gone for a while, like a server without power.",
        False,
        [click.Option(["--seconds"], type=int, help="For how long (default: 5).")],
    ),
}


@click.group(cls=Group, invoke_without_command=True)
@click.option("--host", help="Address to listen on (default: [playground] host).")
@click.option("--port", type=click.IntRange(0, 65535), help=f"0: any (default: {DEFAULT_PORT}).")
@click.option("--rooms", type=click.IntRange(1, 10_000), help="Default: [playground] rooms.")
@click.option("--residents", type=click.IntRange(0, 100), help="Simulated people per room.")
@click.pass_context
@pass_invocation
def playground(invocation: Invocation, ctx: click.Context, /, **given: Any) -> None:
    """Run the local mesh server, or make something go wrong in it."""
    if ctx.invoked_subcommand is not None:
        return
    from shared.settings.load import load_settings

    settings = load_settings(invocation.home, os.environ).playground
    values = {
        "host": settings.host,
        "port": settings.port or DEFAULT_PORT,
        "rooms": settings.rooms,
        "residents": settings.residents,
        **{name: value for name, value in given.items() if value is not None},
    }
    arguments = [part for name, value in values.items() for part in (f"--{name}", str(value))]
    sys.stdout.flush()
    # The signals of the terminal then reach the playground itself, and its exit code is ours.
    os.execv(sys.executable, [sys.executable, "-m", "playground", *arguments])  # noqa: S606


@playground.command(cls=Command)
@click.option("--server", metavar="URL", help="ws://host:port, instead of looking for it.")
@pass_invocation
def state(invocation: Invocation, *, server: str | None) -> None:
    """Show the rooms of a running playground and who is in them."""
    from shared.protoo.control import request_state

    address = server or server_of(invocation, None)
    invocation.show(_ask(address, lambda: request_state(address)), _state_view)


# Private


def _fault_command(command: str) -> click.Command:
    fault, text, needs_room, options = _FAULTS[command]

    @pass_invocation
    def cause(
        invocation: Invocation, /, *, room: str | None, server: str | None, **chosen: Any
    ) -> None:
        from shared.protoo.control import request_fault

        given = {name: value for name, value in chosen.items() if value not in {None, False}}
        address = server or server_of(invocation, room)
        answer = _ask(address, lambda: request_fault(address, fault, room, given))
        invocation.show(answer, lambda answer: _answer_view(command, room, answer))

    argument = click.Argument(["room"], type=MESH, required=needs_room)
    where = click.Option(["--server"], metavar="URL", help="ws://host:port of the playground.")
    return Command(command, callback=cause, help=text, params=[argument, where, *options])


for _name in _FAULTS:
    playground.add_command(_fault_command(_name))


def _ask(address: str, question: Callable[[], Any]) -> Any:
    from shared.protoo.client import RefusedError, UnreachableError
    from shared.protoo.peer import RequestFailedError

    try:
        return asyncio.run(question())
    except (UnreachableError, TimeoutError) as error:
        raise MissingError(
            f"No playground answers at {address} ({str(error) or 'no answer'}); start one with "
            "'meshvisor playground' or 'meshvisor run --playground', or name it with --server."
        ) from None
    except RefusedError as error:
        raise MeshvisorError(
            f"{address} does not let this command in ({error}); only a playground on this "
            "machine does."
        ) from None
    except RequestFailedError as error:
        raise UsageError(f"The playground refuses: {error.reason}.") from None


def _answer_view(command: str, room: str | None, answer: dict[str, Any]) -> str:
    facts = ", ".join(f"{key} {value}" for key, value in answer.items() if value is not None)
    return f"Done: {command} {room or 'everywhere'}" + (f" ({clean(facts)})." if facts else ".")


def _state_view(state: dict[str, Any]) -> str:
    lines = [f"Playground at {clean(state['server'])}, discovery at {clean(state['url'])}"]
    for room in state["rooms"]:
        marks = "".join(f", {mark}" for mark in ("gone", "silent") if room[mark])
        lines.append(
            f"  {clean(room['id'])}: {len(room['users'])} here, {room['messages']} messages{marks}"
        )
        lines += [f"    {clean(peer)}" for peer in room["peers"]]
    return "\n".join(lines)

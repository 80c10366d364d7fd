"""`meshvisor playground`: the local mesh server in the foreground, and its faults on request.

Owns starting it, finding it and asking it.  Does not own which faults there are
(`faults`) nor what they do.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn

import click

from meshvisor.features.playground.cli.faults import FAULTS
from meshvisor.features.watch_party.cli.chat.command import of_home, server_of
from meshvisor.shared.errors import MeshvisorError, MissingError, UsageError
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import duration
from meshvisor.supervisor.cli.parameters import MESH
from meshvisor.supervisor.cli.terminal import clean

DEFAULT_PORT: Final = 8484
"""What `[platform] server` points at by default."""

RADIO_PORT: Final = 4403
"""Where clients look for a radio."""

NODES: Final = 4
"""Around a radio, by default."""

ROOMS_ONLY: Final = ("rooms", "require_login", "signing_key")
"""Options that a radio network has no use for."""


@click.group(
    cls=Group,
    invoke_without_command=True,
    examples=(
        "playground --rooms 5",
        "playground --kind radio",
        "playground state",
        "playground kick lobby",
        "playground drop lobby",
    ),
)
@click.option(
    "--kind",
    type=click.Choice(["rooms", "radio"]),
    default="rooms",
    help="Watch-party rooms, or a Meshtastic radio with nodes around it.",
)
@click.option("--host", help="Address to listen on (default: [playground] host).")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"0: any (default: {DEFAULT_PORT}; {RADIO_PORT} of a radio).",
)
@click.option("--rooms", type=click.IntRange(1, 10_000), help="Default: [playground] rooms.")
@click.option(
    "--residents", type=click.IntRange(0, 100), help="Simulated people per room, or nodes."
)
@click.option("--require-login", is_flag=True, help="Let in only bots that have logged in here.")
@click.option("--signing-key", metavar="KEY", help="What REST requests must be signed with.")
@click.pass_context
@pass_invocation
def playground(
    invocation: Invocation, ctx: click.Context, /, kind: str, require_login: bool, **given: Any
) -> None:
    """Run a local mesh server or radio network."""
    if ctx.invoked_subcommand is not None:
        return
    if kind == "radio":
        _run_radio({**given, "require_login": require_login or None})
    from meshvisor.features.playground.settings import PlaygroundSettings
    from meshvisor.shared.settings.load import load_settings

    settings = load_settings(invocation.home, os.environ).of(PlaygroundSettings)
    values = {
        "host": settings.host,
        "port": settings.port or DEFAULT_PORT,
        "rooms": settings.rooms,
        "residents": settings.residents,
        **{name: value for name, value in given.items() if value is not None},
    }
    arguments = [part for name, value in values.items() for part in (_option(name), str(value))]
    arguments += [_option("require_login")] * require_login
    _become("meshvisor.playground", arguments)


@playground.command(cls=Command, examples=("playground state",))
@click.option("--server", metavar="URL", help="ws://host:port, instead of looking for it.")
@pass_invocation
def state(invocation: Invocation, *, server: str | None) -> None:
    """Show the rooms of a running playground and who is in them."""
    from meshvisor.features.watch_party.protoo.control import request_state

    address = server or server_of(invocation, None)
    answer = _ask(address, lambda: request_state(address), None if server else invocation)
    invocation.show(answer, _state_view)


# Private


def _run_radio(given: Mapping[str, Any]) -> NoReturn:
    """Run a radio network in place of this process."""
    for name in ROOMS_ONLY:
        if given.get(name) is not None:
            raise UsageError(f"{_option(name)} is about rooms; leave out --kind radio, or this.")
    port, nodes = given.get("port"), given.get("residents")
    values = {
        "host": given.get("host") or "127.0.0.1",
        "port": RADIO_PORT if port is None else port,
        "nodes": NODES if nodes is None else nodes,
    }
    arguments = [part for name, value in values.items() for part in (_option(name), str(value))]
    _become("meshvisor.playground.radio", arguments)


def _become(module: str, arguments: Sequence[str]) -> NoReturn:
    """Run a module in place of this process."""
    output.flush()
    # The signals of the terminal then reach the playground itself, and its exit code is ours.
    os.execv(sys.executable, [sys.executable, "-P", "-m", module, *arguments])  # noqa: S606


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _fault_command(command: str) -> click.Command:
    fault = FAULTS[command]

    @pass_invocation
    def cause(
        invocation: Invocation, /, *, room: str | None = None, server: str | None, **chosen: Any
    ) -> None:
        from meshvisor.features.watch_party.protoo.control import request_fault

        given = {name: value for name, value in chosen.items() if value not in {None, False}}
        address = server or server_of(invocation, room)
        answer = _ask(
            address,
            lambda: request_fault(address, fault.name, room, given),
            None if server else invocation,
        )
        invocation.show(answer, lambda answer: _answer_view(command, room, answer))

    argument = click.Argument(["room"], type=MESH, required=fault.needs_room)
    where = click.Option(["--server"], metavar="URL", help="ws://host:port of the playground.")
    params = [*([argument] if fault.takes_room else []), where, *fault.parameters()]
    example = f"playground {command}" + (" lobby" if fault.takes_room else "")
    return Command(command, callback=cause, help=fault.help, params=params, examples=(example,))


for _name in FAULTS:
    playground.add_command(_fault_command(_name))


def _ask(address: str, question: Callable[[], Any], looked_in: Invocation | None) -> Any:
    """Ask a playground; `looked_in` names the home that its address comes from, if any."""
    from meshvisor.features.watch_party.protoo.client import RefusedError, UnreachableError
    from meshvisor.features.watch_party.protoo.peer import RequestFailedError

    try:
        return asyncio.run(question())
    except (UnreachableError, TimeoutError) as error:
        missing = MissingError(
            f"No playground answers at {address} ({str(error) or 'no answer'}); start one with "
            "'meshvisor playground' or 'meshvisor run --playground', or name it with --server."
        )
        raise (of_home(missing, looked_in) if looked_in else missing) from None
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
    for link in state["links"]:
        left = duration(link["expires_in"])
        lines.append(f"  link for {clean(link['email'])}, {left} left: {clean(link['link'])}")
    return "\n".join(lines)

"""`python -m meshvisor.playground.radio`: a radio network as a process of its own.

Started by `meshvisor playground --kind radio`.  Says where the radio is with one JSON line,
`{"server"}`, on stdout; a terminal gets a sentence instead.  What is typed is said to the bot.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
import time
from typing import Final

from meshvisor.features.meshtastic.wire.node_ids import BROADCAST
from meshvisor.features.meshtastic.wire.packet import Packet, Port
from meshvisor.playground.radio.nodes import Neighbourhood
from meshvisor.playground.radio.prompt import HELP, Prompt
from meshvisor.playground.radio.radio import Radio
from meshvisor.playground.radio.server import RadioServer
from meshvisor.shared.streams import open_standard_streams

CANNOT_LISTEN: Final = 1
"""Exit code when the address is taken or is not ours."""

NUMBER: Final = 0x1000_0001

STEP: Final = 1.0
"""Seconds between two steps of the nodes."""


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m meshvisor.playground.radio", description="A local radio network"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--nodes", type=int, default=4, help="around the radio")
    parser.add_argument("--seed", type=int, default=0, help="the same seed: the same nodes")
    parser.add_argument("--prefix", default="?", help="what nodes begin a command with")
    wanted = parser.parse_args(arguments)
    open_standard_streams()
    try:
        asyncio.run(_run(wanted))
    except OSError as error:
        number = error.errno or 0
        reason = os.strerror(number).lower() if number > 0 else error.strerror
        with contextlib.suppress(OSError):  # the exit code says it, too
            sys.stderr.write(f"The radio cannot listen on {wanted.host}:{wanted.port}: {reason}.\n")
        return CANNOT_LISTEN
    return 0


async def _run(wanted: argparse.Namespace) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    radio = Radio(NUMBER, time.monotonic)
    around = Neighbourhood(radio, wanted.nodes, time.time, wanted.seed, wanted.prefix)
    radio.on_air = lambda packet: _show(packet, around)
    async with RadioServer(radio, wanted.host, wanted.port) as server:
        server.on_client = lambda is_there: _print(
            "A client has come." if is_there else "The client has gone."
        )
        _say_ready(server, wanted.nodes)
        lines: asyncio.Queue[str] = asyncio.Queue()
        # A daemon: it waits for what may never be typed.
        threading.Thread(target=_read, args=(loop, lines), daemon=True).start()
        typed = asyncio.create_task(_type(lines, Prompt(server, around, _print)), name="typed")
        live = asyncio.create_task(_live(around), name="nodes")
        await stop.wait()
        for task in (typed, live):
            task.cancel()


def _read(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str]) -> None:
    for line in sys.stdin:
        try:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        except RuntimeError:
            return  # it is over


async def _type(lines: asyncio.Queue[str], prompt: Prompt) -> None:
    while True:
        await prompt.take(await lines.get())


async def _live(around: Neighbourhood) -> None:
    while True:
        await asyncio.sleep(STEP)
        around.tick(STEP)


def _show(packet: Packet, around: Neighbourhood) -> None:
    """Show what the bot has said."""
    if packet.data is None or packet.data.port != Port.TEXT:
        return
    whom = "all" if packet.to == BROADCAST else around.name(packet.to)
    _print(f"bot to {whom}: {packet.data.payload.decode('utf-8', 'replace')}")


def _say_ready(server: RadioServer, nodes: int) -> None:
    if not sys.stdout.isatty():
        _print(json.dumps({"server": server.address}))
        return
    _print(f"A radio listens on {server.address}, with {nodes} nodes around it; Ctrl+C ends it.")
    _print("What you type is said to the bot. There is more:")
    _print(HELP.rstrip("\n"))


def _print(text: str) -> None:
    # A line without a reader is no loss.
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""`python -m meshvisor.worker.zygote`: the supervisor starts it (`supervisor.children.zygote`)."""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import os
import resource
import socket
from pathlib import Path

from meshvisor.shared import lifeline, strays
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.protocol.zygote import MAX_DATAGRAM, Load, ZygoteMessage, decode, encode
from meshvisor.worker.locality import fill_gaps
from meshvisor.worker.plugins import digest
from meshvisor.worker.zygote.forker import Forker, close_all_but
from meshvisor.worker.zygote.preload import load_plugins


def main() -> None:
    """Load everything, then fork children until the supervisor goes away."""
    arguments = _parse()
    ours = {arguments.socket, arguments.lifeline, arguments.heartbeats}
    # What a plug-in starts while it is imported is to have neither what the supervisor inherited
    # open from its parent, nor these, which had to be inheritable to get here.
    close_all_but({0, 1, 2} | ours)
    for descriptor in ours:
        os.set_inheritable(descriptor, False)
    _limit_descriptors(arguments.open_files)
    os.chdir(arguments.home)
    held = lifeline.hold(arguments.lifeline)
    strays.become_subreaper()
    strays.mark()
    for name in arguments.preload:
        _preload(name)
    supervisor = socket.socket(fileno=arguments.socket)
    load = _plugins_to_load(supervisor)
    if load is None:
        return

    def say(message: ZygoteMessage) -> None:
        # Without a supervisor there is no reader, and the lifeline is about to end this process.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            supervisor.send(encode(message))

    folder = Path(arguments.home) / "config" / "plugins"
    load_plugins(load.plugins, folder, say, only=load.only, without=load.without)
    code = digest()
    forker = Forker(supervisor, HeartbeatTable(arguments.heartbeats), arguments.lifeline)
    # Everything loaded so far is never collected again: a collection in a child would write to
    # the header of each object and so copy pages that all children share.
    fill_gaps()
    gc.freeze()
    gc.disable()
    # From here on it ends what it has started before it ends itself.
    lifeline.only_continue(held)
    forker.run(code)


def _plugins_to_load(supervisor: socket.socket) -> Load | None:
    """Wait for the first message; None when the supervisor has gone away instead."""
    datagram = supervisor.recv(MAX_DATAGRAM)
    if not datagram:
        return None
    load = decode(datagram)
    assert isinstance(load, Load)
    return load


def _preload(name: str) -> None:
    """Import a module and, where it knows how, let it warm up what its children will share."""
    warm_up = getattr(importlib.import_module(name), "warm_up", None)
    if warm_up is not None:
        warm_up()


def _limit_descriptors(soft: int) -> None:
    """Take back the supervisor's own limit: programs that use select(2), or close all numbers up
    to the limit, expect the usual one, and each may raise it for itself.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="meshvisor-zygote")
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--lifeline", type=int, required=True)
    parser.add_argument("--heartbeats", type=int, required=True)
    parser.add_argument("--open-files", type=int, default=0)
    parser.add_argument("--home", required=True)
    parser.add_argument("--preload", action="append", default=[])
    return parser.parse_args()


if __name__ == "__main__":
    main()

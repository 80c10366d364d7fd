"""`python -m meshvisor.console`: the console as a process, started by the supervisor.

Says that it listens with one JSON line, `{"url"}`, on the descriptor `--ready-fd`.  Its working
directory is the home.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Final

from meshvisor.console import logs, memory
from meshvisor.console.options import ConsoleOptions
from meshvisor.shared import out_of_memory
from meshvisor.shared.errors import MissingError
from meshvisor.shared.parent import die_with_parent

log = logging.getLogger(__name__)

CANNOT_LISTEN: Final = 3
"""Exit code when the address is taken or is not ours; as of a command that misses something."""
PARENT_GONE: Final = 1


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; return the exit code."""
    given = _parser().parse_args(arguments)
    if given.with_parent and not die_with_parent(given.with_parent):
        return PARENT_GONE
    # The console goes before any worker when memory runs out.
    out_of_memory.adjust(out_of_memory.adjustment() + 2 * out_of_memory.step())
    options = ConsoleOptions.of_json(given.options)
    logs.begin()
    memory.limit(options.memory_limit)
    _name_process()
    try:
        asyncio.run(_run(options, given.ready_fd))
    except MissingError as error:
        log.error("%s", error, extra={"event": "console.cannot_listen"})
        return CANNOT_LISTEN
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m meshvisor.console", description="The console")
    parser.add_argument("--options", default="{}", help="how to listen, as JSON")
    parser.add_argument("--ready-fd", type=int, help="where to say that it listens; else stdout")
    parser.add_argument(
        "--with-parent", type=int, metavar="PID", help="end when this process, our parent, ends"
    )
    return parser


async def _run(options: ConsoleOptions, ready_fd: int | None) -> None:
    from meshvisor.console.access import Console
    from meshvisor.console.app import make_app, make_authenticator
    from meshvisor.console.build import build_of
    from meshvisor.console.control import Control, Fresh
    from meshvisor.console.database import Database
    from meshvisor.console.server import listen, make_server, url_of
    from meshvisor.console.stream import EventHub
    from meshvisor.shared.paths import Home

    home = Home(Path.cwd())
    listener = listen(options)
    control, database = Control(home), Database(home.database)
    authenticator = make_authenticator(database, control, options)
    hub = EventHub(control, build_of(options.static))
    status = Fresh(control, "status")
    console = Console(home, options, control, database, authenticator, hub, status)
    server = make_server(make_app(console), options)

    def leave() -> None:
        server.should_exit = True
        hub.end()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leave)
    _say_ready(url_of(options, listener), ready_fd)
    watching = asyncio.create_task(memory.watch(options.memory_limit, leave), name="memory")
    try:
        await server.serve(sockets=[listener])
    finally:
        watching.cancel()
        await hub.close()
        control.close()
        await asyncio.to_thread(database.close)


def _say_ready(url: str, ready_fd: int | None) -> None:
    line = json.dumps({"url": url}) + "\n"
    if ready_fd is None:
        sys.stdout.write(line)
        sys.stdout.flush()
        return
    os.write(ready_fd, line.encode())
    os.close(ready_fd)


def _name_process() -> None:
    from setproctitle import setproctitle

    with contextlib.suppress(OSError):
        setproctitle("meshvisor: console")


if __name__ == "__main__":
    sys.exit(main())

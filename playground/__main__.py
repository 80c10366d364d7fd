"""`python -m meshvisor.playground`: the local mesh server as a process of its own.

Started by `meshvisor run --playground` and `meshvisor playground`.  Says that it listens with
one JSON line, `{"url", "server"}`, on the descriptor `--ready-fd` or on stdout; a terminal gets
a sentence instead.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

from meshvisor.playground.options import Options
from meshvisor.playground.server import Playground
from meshvisor.shared import out_of_memory
from meshvisor.shared.parent import die_with_parent
from meshvisor.shared.streams import open_standard_streams

CANNOT_LISTEN: Final = 1
"""Exit code when the address is taken or is not ours."""
PARENT_GONE: Final = 1
"""Exit code when there is no parent any more to work for."""


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; return the exit code."""
    wanted = _parser().parse_args(arguments)
    if wanted.with_parent and not die_with_parent(wanted.with_parent):
        return PARENT_GONE
    if wanted.with_parent:
        out_of_memory.adjust(out_of_memory.adjustment() + out_of_memory.step())
    else:
        open_standard_streams()
    options = Options(
        host=wanted.host,
        port=wanted.port,
        residents=wanted.residents,
        seed=wanted.seed,
        walking=True,
        prefix=wanted.prefix,
        require_login=wanted.require_login,
        signing_key=wanted.signing_key,
        say=_say,
    )
    try:
        asyncio.run(_run(Playground(wanted.rooms, options), wanted.ready_fd))
    except OSError as error:
        # asyncio's own words repeat the address; a name that cannot be resolved has no errno.
        number = error.errno or 0
        reason = os.strerror(number).lower() if number > 0 else error.strerror
        where = f"{wanted.host}:{wanted.port}"
        with contextlib.suppress(OSError):  # the exit code says it, too
            sys.stderr.write(f"The playground cannot listen on {where}: {reason}.\n")
        return CANNOT_LISTEN
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m meshvisor.playground", description="A local mesh server"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_up_to(65_535), default=0, help="0: any free one")
    parser.add_argument("--rooms", type=_up_to(10_000), default=3, help="lobby, cinema, ...")
    parser.add_argument("--residents", type=_up_to(100), default=2, help="people per room")
    parser.add_argument("--seed", type=int, default=0, help="the same seed: the same people")
    parser.add_argument("--prefix", default="?", help="what residents begin a command with")
    parser.add_argument(
        "--require-login", action="store_true", help="ask bots for a token from the login"
    )
    parser.add_argument(
        "--signing-key", metavar="KEY", help="what REST requests must be signed with; not a secret"
    )
    parser.add_argument("--ready-fd", type=int, help="where to say that it listens; else stdout")
    parser.add_argument(
        "--with-parent", type=int, metavar="PID", help="end when this process, our parent, ends"
    )
    return parser


def _up_to(largest: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and int(text[:9]) <= largest):
            raise argparse.ArgumentTypeError(f"must be 0 to {largest}, not {text!r}")
        return int(text)

    return number


async def _run(playground: Playground, ready_fd: int | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with playground:
        _say_ready(playground, ready_fd)
        await stop.wait()


def _say_ready(playground: Playground, ready_fd: int | None) -> None:
    line = json.dumps({"url": playground.url, "server": playground.server}) + "\n"
    if ready_fd is not None:
        os.write(ready_fd, line.encode())
        os.close(ready_fd)
        return
    if sys.stdout.isatty():
        line = f"The playground listens on {playground.server}; Ctrl+C ends it.\n"
    _print(line)


def _say(line: str) -> None:
    _print(f"{line}\n")


def _print(text: str) -> None:
    # Under a supervisor this is a pipe that does not wait; a line without a reader is no loss.
    with contextlib.suppress(OSError):
        sys.stdout.write(text)
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

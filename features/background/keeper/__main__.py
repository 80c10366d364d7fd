"""The keeper's process: `python -m meshvisor.features.background.keeper < ORDER`.

It forks and returns, and goes on as a daemon in a session of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress

import msgspec
from setproctitle import setproctitle

from meshvisor.features.background.keeper.keeper import CommandError, Keeper
from meshvisor.features.background.keeper.order import Answer, Order
from meshvisor.features.background.lost import title_of
from meshvisor.features.background.status import OUTCOMES, State, Status
from meshvisor.shared.strays import become_subreaper, mark


def main() -> int:
    """Keep a command to its end."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    if os.fork():
        os._exit(0)
    os.setsid()
    setproctitle(title_of(order.name))
    os.set_inheritable(order.lock, False)
    os.set_inheritable(order.answer, False)
    become_subreaper()
    mark()  # so that what outlives this process is known as its own
    files = order.files
    try:
        os.pwrite(order.lock, f"{os.getpid()}\n".encode(), 0)
        keeper = Keeper(order)
    except CommandError as error:
        return _give_up(order, Answer(error=_why(order, error.cause)))
    except OSError as error:
        return _give_up(order, Answer(error=_why(order, error), of_files=True))
    _answer(order, Answer(pid=os.getpid()))
    status = keeper.run()
    with suppress(OSError):
        # The lock goes with this process: who starts the next one looks at the name again.
        files.pid.unlink(missing_ok=True)
    if order.notify:
        _notify(order, status)
    return 0


def _give_up(order: Order, answer: Answer) -> int:
    with suppress(OSError):
        order.files.pid.unlink(missing_ok=True)
    os.close(order.lock)  # before the answer: by then the name is free
    _answer(order, answer)
    return 1


def _answer(order: Order, answer: Answer) -> None:
    with suppress(OSError):
        os.write(order.answer, msgspec.json.encode(answer) + b"\n")
    os.close(order.answer)


def _why(order: Order, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and error.filename == order.command[0]:
        return f"there is no program {order.command[0]!r}"
    place = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{place}"


def _notify(order: Order, status: Status) -> None:
    """Send a notification; the log says where it went, or why that was not possible."""
    is_well = status.status in {State.COMPLETED, State.CANCELLED}
    severity = "info" if is_well else "warning"
    sentence = f"The background command {order.name} {OUTCOMES[status.status]}"
    details = [status.error, status.current_task]
    text = "; ".join(one for one in details if one) or f"After {status.runtime:.0f} seconds."
    with suppress(OSError), open(order.files.log, "ab") as log:
        subprocess.run(
            [*order.notify, sentence, "--severity", severity, "--text", text],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )


if __name__ == "__main__":
    sys.exit(main())

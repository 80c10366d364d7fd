"""Starting a command in the background.

A keeper (`keeper`) is started in a session of its own, so that nothing of the terminal reaches it;
it holds the lock of the name, starts the command and answers whether that was possible.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Final

import msgspec

from meshvisor.features.background.folder import command_line, prepare_folder
from meshvisor.features.background.keeper.order import Answer, Order
from meshvisor.features.background.locking import release, take
from meshvisor.features.background.looking import Found, look
from meshvisor.features.background.names import Files
from meshvisor.features.background.opening import open_own
from meshvisor.shared.errors import MeshvisorError, MissingError, UsageError
from meshvisor.shared.logs.secrets import command_without_secrets
from meshvisor.supervisor.cli.command import PROGRAM

MOST_LOG: Final = 10_000_000
"""Bytes of one part of a log, by default."""

_KEEPER: Final = "meshvisor.features.background.keeper"

_OWN: Final = "meshvisor.supervisor.cli.main"


def own_command(arguments: list[str]) -> list[str]:
    """Return what runs a command of ours, whatever PATH says."""
    return [sys.executable, "-P", "-m", _OWN, *arguments]


def start(
    files: Files,
    command: list[str],
    *,
    force: bool = False,
    force_option: str = "--force",
    most_log: int = MOST_LOG,
    notify: list[str] | None = None,
) -> Found:
    """Start a command, and return it when it runs.

    Args:
        files: its name, and the folder, which is made where it is missing.
        command: program and arguments; `meshvisor` is this very one.
        force: whether others may write to the folder.
        force_option: what the user writes to say so.
        most_log: bytes of one part of the log.
        notify: arguments of `meshvisor` that send a notification at the end; None: none is sent.

    Raises:
        UsageError: one of that name runs, or others may write to the folder.
        MissingError: there is no such program, or the folder cannot be used.
        MeshvisorError: it cannot be started.
    """
    prepare_folder(files.folder, force=force, force_option=force_option)
    try:
        found = look(files)
        lock = take(files)
    except OSError as error:
        raise _unusable(files, error) from None
    if lock is None or (found is not None and (found.runs or found.left)):
        if lock is not None:
            os.close(lock)
        raise UsageError(_in_the_way(files, found))
    try:
        _ask(
            Order(
                folder=str(files.folder),
                name=files.name,
                command=_resolved(command),
                shown=command_without_secrets(command),
                most_log=most_log,
                notify=[] if notify is None else own_command(notify),
                lock=lock,
                answer=0,
            )
        )
    except BaseException:
        release(files, lock)
        raise
    os.close(lock)
    started = look(files)
    if started is None:
        raise MeshvisorError(f"the files of {files.name} were removed while it was started")
    return started


# Private


def _ask(order: Order) -> None:
    """Start the keeper and wait for its answer, which it gives at once."""
    answers, order.answer = os.pipe()
    try:
        errors = open_own(order.files.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    except OSError as error:
        os.close(answers)
        os.close(order.answer)
        raise _unusable(order.files, error) from None
    try:
        # It forks at once, so that the starter has no child that it would have to wait for.
        subprocess.run(
            [sys.executable, "-P", "-m", _KEEPER],
            input=msgspec.json.encode(order),
            stdout=subprocess.DEVNULL,
            stderr=errors,
            pass_fds=(order.lock, order.answer),
            check=False,
        )
    finally:
        os.close(errors)
        os.close(order.answer)
    with open(answers, "rb") as pipe:
        line = pipe.readline()
    if not line:
        raise MeshvisorError(
            f"the keeper of {order.name} has ended at once; {order.files.log} says why"
        )
    answer = msgspec.json.decode(line, type=Answer)
    if answer.of_files:
        raise MissingError(
            f"the files of {order.name} in {order.folder} cannot be written: {answer.error}; put "
            "that right, or name another folder with --pid-dir"
        )
    if answer.error:
        raise MissingError(
            f"the background command {order.name} cannot be started: {answer.error}; try the "
            "command by itself first"
        )


def _resolved(command: list[str]) -> list[str]:
    if command[0] == PROGRAM and shutil.which(PROGRAM) is None:
        return own_command(command[1:])
    return command


def _in_the_way(files: Files, found: Found | None) -> str:
    name = files.name
    cancel = command_line(f"cancel-process {name}", files.folder)
    if found is not None and found.left:
        return (
            f"the background command {name} has crashed and left processes that still run (PID "
            f"{', '.join(map(str, found.left))}); '{cancel}' ends them"
        )
    who = f" (PID {found.status.pid})" if found is not None and found.runs else ""
    status = command_line(f"process-status {name}", files.folder)
    return (
        f"the background command {name} runs already{who}; '{status}' shows how far it is, and "
        f"'{cancel}' ends it"
    )


def _unusable(files: Files, error: OSError) -> MeshvisorError:
    return MissingError(
        f"the files of {files.name} in {files.folder} cannot be used: {error.strerror} "
        f"({error.filename}); remove what is in the way, or name another folder with --pid-dir"
    )

"""What happens when the command line itself has a bug: a file for us, one sentence for people.

Owns the file and that no secret gets into it: people are asked to send it to others.  Loaded only
then.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from meshvisor.shared.folders import make_folder
from meshvisor.shared.logs.secrets import MASK, without_any_secret
from meshvisor.shared.paths import HOME_VARIABLE, Home
from meshvisor.shared.version import VERSION

_SECRET_OPTION: Final = re.compile(r"--[\w-]*(?:mongodb|uri|pass|secret|token|key|auth|data)[\w-]*")
"""Options whose value may be one, or hold one."""


def report(error: BaseException, arguments: Sequence[str], folder: str) -> str:
    """Write the traceback to a file and return the sentence that says where it is.

    The file lies in the home's log folder, or among the temporary files where that cannot be
    written.

    Args:
        error: what went wrong.
        arguments: of the command.
        folder: where it was given, to which a relative home refers: a supervisor has left it.
    """
    shown, secrets = _without_secrets(arguments)
    text = _text(shown, _hidden("".join(traceback.format_exception(error)), secrets))
    what = _short(type(error).__name__, _hidden(str(error), secrets))
    name = f"crash-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}.txt"
    for where in (_logs(arguments, folder), tempfile.gettempdir()):
        try:
            make_folder(Path(where))
            path = os.path.join(where, name)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:
            continue
        return f"Meshvisor has a bug ({what}); please report it with {path}."
    return f"Meshvisor has a bug ({what}), and no file could be written about it."


# Private


def _text(arguments: Sequence[str], trace: str) -> str:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return f"meshvisor {VERSION}, {now}\narguments: {arguments}\n\n{trace}"


def _hidden(text: str, secrets: Sequence[str]) -> str:
    """Return a text without these secrets, those that this process knows, and what looks so."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return without_any_secret(text)


def _without_secrets(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the arguments with masks, and what these hide."""
    shown: list[str] = []
    secrets: list[str] = []
    option = ""
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if _SECRET_OPTION.fullmatch(option):
            secrets.append(argument)
            shown.append(MASK)
        elif equals and _SECRET_OPTION.fullmatch(name):
            secrets.append(value)
            shown.append(f"{name}={MASK}")
        else:
            shown.append(without_any_secret(argument))
        option = argument
    # One of a letter or two would make the traceback unreadable, and hides nothing.
    return shown, [secret for secret in secrets if len(secret) > 3]


def _logs(arguments: Sequence[str], folder: str) -> str:
    # The arguments may be what crashed us, so they are only skimmed here.
    given = os.environ.get(HOME_VARIABLE) or "."
    for position, argument in enumerate(arguments):
        if argument == "--home":
            given = next(iter(arguments[position + 1 :]), given)
        elif argument.startswith("--home="):
            given = argument.removeprefix("--home=") or given
    return str(Home(Path(folder, given)).logs)


def _short(kind: str, text: str) -> str:
    text = " ".join(text.split())
    return f"{kind}: {text:.120}" if text else kind

"""What happens when the command line itself has a bug: a file for us, one sentence for people.

Loaded only then.
"""

from __future__ import annotations

import os
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from shared.paths import Home
from shared.version import VERSION


def report(error: BaseException, arguments: Sequence[str]) -> str:
    """Write the traceback to a file and return the sentence that says where it is.

    The file lies in the home's log folder, or among the temporary files where that cannot be
    written.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    text = (
        f"meshvisor {VERSION}, {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}\n"
        f"arguments: {list(arguments)}\n\n" + "".join(traceback.format_exception(error))
    )
    name = f"crash-{stamp}-{os.getpid()}.txt"
    for folder in (_logs(arguments), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:
            continue
        return f"Meshvisor has a bug ({_short(error)}); please report it with {folder / name}."
    return f"Meshvisor has a bug ({_short(error)}), and no file could be written about it."


def _logs(arguments: Sequence[str]) -> Path:
    # The arguments may be what crashed us, so they are only skimmed here.
    given = None
    for position, argument in enumerate(arguments):
        if argument == "--home":
            given = next(iter(arguments[position + 1 :]), None)
        elif argument.startswith("--home="):
            given = argument.removeprefix("--home=")
    return Home.locate(given).logs


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text:.120}" if text else type(error).__name__

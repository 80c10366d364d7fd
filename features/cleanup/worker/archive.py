"""Archives: files to which things are appended before they are removed.

Owns the files of `var/archive`: one for each task and year, a JSON object in each line.  What a
crash has written twice has the same `id` in two lines.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from meshvisor.shared.folders import make_folder

FOLDER: Final = "archive"
"""Below `var`."""


def append(var: Path, task: str, documents: Iterable[Mapping[str, Any]], now: float) -> Path:
    """Append documents; they are on the disk when this returns.

    Args:
        var: the folder.
        task: whose.
        documents: what.
        now: epoch seconds, for the year and the time of each line.

    Raises:
        OSError: they cannot be written, or only some of them.
    """
    at = datetime.fromtimestamp(now, UTC)
    folder = var / FOLDER
    make_folder(folder)
    path = folder / f"{task}-{at.year}.jsonl"
    lines = [
        json.dumps({"archived_at": at.isoformat(timespec="seconds"), **one}) for one in documents
    ]
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with open(descriptor, "rb+", buffering=0) as file:
        # What a crash has cut off stays a line of its own.
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        broken = size > 0 and file.read(1) != b"\n"
        file.write(("\n" * broken + "\n".join(lines) + "\n").encode())
        os.fsync(descriptor)
    return path

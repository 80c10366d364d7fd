"""What an action may be given: the `data` of a job.

Owns what such data may be.  Asked by the command line, so that it says at
once what is wrong, and by whatever takes a job (`features.jobs.supervisor.check`).  What a plug-in
hands over its own process checks before it is sent (`worker.json_values`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

MAX_DATA: Final = 64 * 1024
"""Bytes as JSON, which goes to the runner with every start."""

FEW: Final = 64
"""Brackets that cannot be too many within each other; only texts with more are read again."""

FRAME: Final = 4
"""Brackets around the data in the frame that starts a job."""


def check_data(data: Mapping[str, Any]) -> None:
    """Refuse data that may be kept with a job but could not be sent to a runner.

    Python reads and writes escapes of half a character, NaN and a thousand brackets in a row; the
    channel to a runner takes none of them, and a frame that cannot be written would be the
    supervisor's trouble.

    Raises:
        ValueError: it is no JSON, or too long; the message is a sentence without its full stop.
    """
    try:
        text = json.dumps(dict(data), ensure_ascii=False, allow_nan=False).encode()
        if text.count(b"[") + text.count(b"{") > FEW:
            _read(b"[" * FRAME + text + b"]" * FRAME)
    except (TypeError, ValueError, RecursionError):
        raise ValueError(
            "the data of the job is no JSON that an action could be given: it has half a "
            "character, NaN, Infinity or too many brackets within each other"
        ) from None
    if len(text) > MAX_DATA:
        raise ValueError(
            f"the data of a job has {len(text)} bytes; {MAX_DATA} are allowed, the rest can be "
            "items"
        )


def _read(text: bytes) -> None:
    from pydantic_core import from_json  # the parser of the channel; workers are spared it

    from_json(text)

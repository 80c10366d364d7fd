"""A new job on its way to the supervisor, in as many frames as its items need.

Owns the cutting.  A frame has a limit, and the supervisor reads only so much of one client in a
second; a million items simply take a while.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from meshvisor.shared.control.client import SLOW_TIMEOUT, ControlClient

CHUNK: Final = 384 * 1024
"""Bytes of keys in a frame as JSON: well below its limit, and little enough that the supervisor
has read one before other clients have to wait for it."""


def submit_through(client: ControlClient, arguments: dict[str, Any]) -> Any:
    """Submit a job and return the result.

    Args:
        client: the connection.
        arguments: those of the request `jobs_submit`, with all items.

    Raises:
        MeshvisorError: it cannot be done; nothing was enqueued.
    """
    items = arguments["submission"].get("items") or []
    cut = list(chunks(items))
    if len(cut) < 2:
        return client.request("jobs_submit", timeout=SLOW_TIMEOUT, **arguments)
    import secrets

    token = secrets.token_hex(16)
    for chunk in cut:
        client.request("jobs_stage", token=token, items=chunk)
    submission = {name: v for name, v in arguments["submission"].items() if name != "items"}
    return client.request(
        "jobs_submit",
        timeout=SLOW_TIMEOUT,
        **{**arguments, "submission": submission, "staged": token},
    )


def chunks(items: Sequence[str]) -> Iterator[list[str]]:
    """Cut items into lists that fit into a frame each."""
    chunk: list[str] = []
    room = CHUNK
    for item in items:
        size = len(json.dumps(item)) + 1  # as it is sent, with a comma
        if size > room and chunk:
            yield chunk
            chunk, room = [], CHUNK
        chunk.append(item)
        room -= size
    if chunk:
        yield chunk

"""Replies of the control socket (docs/cli.md).

Owns their shape.  Does not own requests (`shared.control.request`), what a result holds
(`shared.control.results` and the results of each feature) or who answers (`supervisor.control`).

One connection may send several requests, one after another; they are answered in order.

    -> {"v": 1, "id": 1, "type": "process_health", "mesh_id": "lobby"}
    <- {"reply_to": 1, "ok": true, "result": {...}}
    <- {"reply_to": 1, "ok": false, "error": "one sentence", "exit_code": 2}

A streaming request gets any number of `{"reply_to": 1, "event": {...}}` before its reply.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Success(BaseModel):
    """The last frame of an answer that went well."""

    model_config = ConfigDict(frozen=True)

    reply_to: int
    ok: Literal[True] = True
    result: Any = None


class Failure(BaseModel):
    """The last frame of an answer that did not."""

    model_config = ConfigDict(frozen=True)

    reply_to: int | None
    """None when the request could not even be read; the connection is closed then."""
    ok: Literal[False] = False
    error: str
    """One sentence that ends with the next step."""
    exit_code: int
    """What a command that gets this answer ends with (`shared.errors`)."""


class Event(BaseModel):
    """One piece of a stream."""

    model_config = ConfigDict(frozen=True)

    reply_to: int
    event: Any

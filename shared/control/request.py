"""The envelope of every request of the control socket."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Request(BaseModel):
    """The envelope of every request.  Unknown fields are refused: they are typing errors."""

    # Read by way of their union only, for which none has to be built by itself.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    v: Literal[1] = 1
    id: int = Field(ge=0)
    """Chosen by the client; every frame of the answer repeats it as `reply_to`."""
    type: Any
    """Narrowed to a literal by each request."""

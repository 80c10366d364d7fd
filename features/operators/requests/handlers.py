"""All requests about operators; `Feature.requests`."""

from __future__ import annotations

from typing import Final

from meshvisor.features.operators.requests import (
    links,
    operators,
    passkeys,
    sessions,
    tokens,
    views,
)
from meshvisor.supervisor.control.handling import Handler

HANDLERS: Final[tuple[Handler, ...]] = (
    *operators.HANDLERS,
    *links.HANDLERS,
    *sessions.HANDLERS,
    *passkeys.HANDLERS,
    *tokens.HANDLERS,
    *views.HANDLERS,
)

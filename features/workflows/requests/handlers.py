"""All requests about workflows."""

from __future__ import annotations

from typing import Final

from meshvisor.features.workflows.requests import (
    definitions,
    engine,
    executions,
    templates,
    trying,
)
from meshvisor.supervisor.control.handling import Handler

HANDLERS: Final[tuple[Handler, ...]] = (
    *definitions.HANDLERS,
    *executions.HANDLERS,
    *trying.HANDLERS,
    *templates.HANDLERS,
    *engine.HANDLERS,
)

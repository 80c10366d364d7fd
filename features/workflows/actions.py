"""HTTP requests of workflows: an action of jobs, so that they are sent by a runner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from meshvisor.features.jobs.model.action import LONGEST_TIMEOUT
from meshvisor.features.jobs.model.built_in import BuiltInAction, built_in
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.asking import HTTP_ACTION
from meshvisor.shared.inputs import Input

LANE: Final = "workflows"
"""Of its own: a service that hangs holds up no other work."""
AT_A_TIME: Final = 8
"""Requests: one that hangs holds up no other either."""

_REQUEST: Final[Mapping[str, Input]] = {
    "url": {"type": "text", "required": True, "description": say.HTTP_URL()},
    "method": {"type": "text", "description": say.HTTP_METHOD()},
    "headers": {"type": "object"},
    "body": {"type": "any", "description": say.HTTP_BODY()},
    "expect": {"type": "any", "description": say.HTTP_EXPECT()},
    "timeout": {"type": "number"},
}

ACTIONS: Final = (
    BuiltInAction(
        built_in(
            HTTP_ACTION,
            say.SEND_REQUEST(),
            lane=LANE,
            priority=2,
            retries=0,
            # The request ends by its own timeout, which is the step's.
            item_timeout=LONGEST_TIMEOUT,
            dry_run=True,
            items=say.HTTP_ITEMS(),
            inputs=_REQUEST,
        ),
        "worker.http:send",
        concurrency=AT_A_TIME,
    ),
)

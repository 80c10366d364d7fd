"""HTTP requests of workflows: an action of jobs, so that they are sent by a runner."""

from __future__ import annotations

from typing import Final

from meshvisor.features.jobs.model.built_in import BuiltInAction, built_in
from meshvisor.features.workflows.model.asking import HTTP_ACTION

LANE: Final = "workflows"
"""Of its own: a service that hangs holds up no other work."""

ACTIONS: Final = (
    BuiltInAction(
        built_in(HTTP_ACTION, lane=LANE, priority=2, retries=0, dry_run=True), "worker.http:send"
    ),
)

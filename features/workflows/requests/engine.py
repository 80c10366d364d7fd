"""What the engine asks the supervisor, such as `workflows_link`; for the engine only."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final, Literal

from pydantic import Field

from meshvisor.features.workflows.results import EffectOutcome, LinkItem, Taken
from meshvisor.features.workflows.supervisor.acting import Acting
from meshvisor.features.workflows.supervisor.relay import Relay
from meshvisor.features.workflows.supervisor.reports import Reports
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

MOST_REPORTS: Final = 500
"""Entries of one request."""


class Link(Request):
    """Be woken for events, and be asked."""

    type: Literal["workflows_link"] = "workflows_link"
    engine: str = Field(min_length=1, max_length=64)
    """Names one life of it."""
    kinds: tuple[str, ...] = Field(max_length=1000)
    """Names and families of kinds."""


@handles(Link)
async def link(request: Link, call: Call) -> AsyncGenerator[LinkItem, None]:
    """Yield what there is, until the engine leaves or another one comes."""
    async with aclosing(call.need(Relay).link(request.engine, request.kinds)) as items:
        async for item in items:
            yield item


class Reply(Request):
    """What the engine answers."""

    type: Literal["workflows_reply"] = "workflows_reply"
    ask: int
    result: Any = None
    error: str | None = None
    """One sentence; null: it was done."""
    is_absent: bool = False
    """Whether the error is that there is no such thing."""


@handles(Reply)
async def reply(request: Reply, call: Call) -> Taken:
    """Take it."""
    call.need(Relay).reply(request.ask, request.result, request.error, is_absent=request.is_absent)
    return Taken(number=request.ask)


class Report(Request):
    """What has become of executions."""

    type: Literal["workflows_report"] = "workflows_report"
    entries: tuple[dict[str, Any], ...] = Field(max_length=MOST_REPORTS)


@handles(Report)
async def report(request: Report, call: Call) -> Taken:
    """Take it in, each entry once."""
    return Taken(number=await call.need(Reports).take(request.entries))


class Act(Request):
    """Do what a step of a workflow asks for."""

    type: Literal["workflows_act"] = "workflows_act"
    workflow: str
    owner: str | None = None
    key: str = Field(min_length=1, max_length=200)
    request: dict[str, Any]
    """The request of the control socket that it becomes."""
    follows: dict[str, Any] | None = None
    """What it follows from: `correlation_id`, `causation_id`, `depth`."""


@handles(Act)
async def act(request: Act, call: Call) -> EffectOutcome:
    """Do it once."""
    result = await call.need(Acting).act(
        request.workflow, request.owner, request.key, request.request, request.follows
    )
    return EffectOutcome(result=result)


HANDLERS: Final[tuple[Handler, ...]] = (link, reply, report, act)

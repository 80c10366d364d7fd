"""What the control socket can ask about templates and analytics."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from meshvisor.features.workflows.requests.fields import Ref
from meshvisor.features.workflows.results import Analytics, Saved, TemplateList, TemplateSaved
from meshvisor.features.workflows.supervisor.analytics import analytics
from meshvisor.features.workflows.supervisor.reading import Executions
from meshvisor.features.workflows.supervisor.service import WorkflowService
from meshvisor.features.workflows.supervisor.templates import Templates
from meshvisor.shared.control.request import LongRequest, Request
from meshvisor.supervisor.control.handling import Call, Handler, handles


class ListTemplates(LongRequest):
    """All templates."""

    type: Literal["workflows_templates"] = "workflows_templates"


@handles(ListTemplates, offline=True)
async def list_templates(_request: ListTemplates, call: Call) -> TemplateList:
    """Return them by category and name."""
    return await call.need(Templates).list()


class SaveTemplate(Request):
    """Make a template of a workflow."""

    type: Literal["workflows_template_save"] = "workflows_template_save"
    workflow: Ref
    name: str = Field(min_length=1, max_length=64)
    description: str = Field("", max_length=2000)
    category: str = "communication"


@handles(SaveTemplate, offline=True)
async def save_template(request: SaveTemplate, call: Call) -> TemplateSaved:
    """Do it."""
    return await call.need(Templates).save(
        request.workflow, request.name, request.description, request.category, call.actor
    )


class Instantiate(Request):
    """Make a workflow of a template."""

    type: Literal["workflows_instantiate"] = "workflows_instantiate"
    template: Ref
    customizations: dict[str, Any] = Field(default_factory=dict)
    """Values of its inputs, and fields of the workflow such as `name`."""


@handles(Instantiate, offline=True)
async def instantiate(request: Instantiate, call: Call) -> Saved:
    """Do it."""
    return await call.need(Templates).instantiate(
        request.template, request.customizations, call.actor
    )


class ShowAnalytics(LongRequest):
    """How well workflows run."""

    type: Literal["workflows_analytics"] = "workflows_analytics"
    workflow: Ref | None = None
    """Null: all together."""
    days: int = Field(30, ge=1, le=366)
    """Of the trend."""


@handles(ShowAnalytics, offline=True)
async def show_analytics(request: ShowAnalytics, call: Call) -> Analytics:
    """Return it from counters that are kept up to date."""
    return await analytics(
        call.need(WorkflowService), call.need(Executions), request.workflow, request.days
    )


HANDLERS: Final[tuple[Handler, ...]] = (list_templates, save_template, instantiate, show_analytics)

"""What the control socket can ask about templates and analytics."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from meshvisor.features.workflows.requests.fields import MOST_INPUTS, Ref, TemplateInput
from meshvisor.features.workflows.results import (
    Analytics,
    Saved,
    Template,
    TemplateList,
    TemplateRemoved,
    TemplateSaved,
)
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


class ShowTemplate(LongRequest):
    """One template."""

    type: Literal["workflows_template"] = "workflows_template"
    template: Ref


@handles(ShowTemplate, offline=True)
async def show_template(request: ShowTemplate, call: Call) -> Template:
    """Return it."""
    return await call.need(Templates).show(request.template)


class SaveTemplate(Request):
    """Make a template of a workflow."""

    type: Literal["workflows_template_save"] = "workflows_template_save"
    workflow: Ref
    name: str = Field(min_length=1, max_length=64)
    description: str = Field("", max_length=2000)
    category: str = "communication"
    inputs: dict[str, TemplateInput] = Field(default_factory=dict, max_length=MOST_INPUTS)
    """What it asks for, by name."""


@handles(SaveTemplate, offline=True)
async def save_template(request: SaveTemplate, call: Call) -> TemplateSaved:
    """Do it."""
    about = {
        "name": request.name,
        "description": request.description,
        "category": request.category,
    }
    inputs = {name: one.model_dump() for name, one in request.inputs.items()}
    return await call.need(Templates).save(request.workflow, about, inputs, call.actor)


class ImportTemplate(Request):
    """Add a template that was exported."""

    type: Literal["workflows_template_import"] = "workflows_template_import"
    document: Any
    """`name`, `category`, `description`, `inputs`, `workflow`."""
    replace: bool = False
    """Whether one of the same name is replaced, unless it came with Meshvisor."""


@handles(ImportTemplate, offline=True)
async def import_template(request: ImportTemplate, call: Call) -> TemplateSaved:
    """Do it."""
    return await call.need(Templates).take_in(request.document, call.actor, replace=request.replace)


class RemoveTemplate(Request):
    """Remove a template that a user has made."""

    type: Literal["workflows_template_remove"] = "workflows_template_remove"
    template: Ref


@handles(RemoveTemplate, offline=True)
async def remove_template(request: RemoveTemplate, call: Call) -> TemplateRemoved:
    """Do it."""
    return await call.need(Templates).remove(request.template, call.actor)


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


HANDLERS: Final[tuple[Handler, ...]] = (
    list_templates,
    show_template,
    save_template,
    import_template,
    remove_template,
    instantiate,
    show_analytics,
)

"""`/api/processes`: workflows under the paths that the seed spells out, and what it forgot.

Static paths come before `/{id}`.  What stands for a workflow in a path is its number or its name.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Body, Header, Path, Query
from pydantic import Field

from meshvisor.console.access import Asking
from meshvisor.console.etags import CHANGED, Precondition, etag, with_etag
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.workflows import results
from meshvisor.features.workflows.model.templating import exported
from meshvisor.features.workflows.routes import bodies

ROUTES: Final = FeatureRoutes(
    "processes",
    prefix="/api/processes",
    about="Workflows: what happens by itself when something has happened.",
)

MOST: Final = 1_000
BACK_TEST_TIMEOUT: Final = 310.0
"""Seconds."""

Ref = Annotated[str, Path(min_length=1, max_length=64, description="Number or name of a workflow.")]
Number = Annotated[int, Path(ge=1, le=2**53, description="Number of an execution.")]
Limit = Annotated[int, Query(ge=1, le=MOST)]
Offset = Annotated[int, Query(ge=0, le=2**53)]


# ---- Executions ------------------------------------------------------------------------------


@ROUTES.get("/executions", "view", result=results.ExecutionList)
async def list_executions(
    caller: Asking,
    process_id: Annotated[str | None, Query(max_length=64)] = None,
    status: bodies.Status | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Any:
    """List executions, the newest first."""
    return await caller.ask(
        "workflows_executions", workflow=process_id, status=status, limit=limit, offset=offset
    )


@ROUTES.get("/executions/{id}", "view", result=results.ExecutionReport)
async def show_execution(caller: Asking, id: Number) -> Any:  # noqa: A002 - the seed's name
    """Show an execution with its steps."""
    return await caller.ask("workflows_execution", execution=id)


@ROUTES.get("/executions/{id}/logs", "view", result=results.ExecutionLog)
async def show_execution_logs(
    caller: Asking,
    id: Number,  # noqa: A002
    limit: Limit = 500,
) -> Any:
    """Show what happened in an execution, oldest first."""
    return await caller.ask("workflows_logs", execution=id, limit=limit)


@ROUTES.post("/executions/{id}/cancel", "execute", result=results.Ended)
async def cancel_execution(caller: Asking, id: Number) -> Any:  # noqa: A002
    """End an execution."""
    return await caller.ask("workflows_cancel", execution=id)


@ROUTES.post("/executions/{id}/replay", "execute", result=results.Begun, status=201)
async def replay_execution(
    caller: Asking,
    id: Number,  # noqa: A002
    body: Annotated[bodies.ReplayBody, Body(default_factory=bodies.ReplayBody)],
) -> Any:
    """Begin an execution anew with what it was given."""
    return await caller.ask("workflows_replay", execution=id, **body.model_dump())


# ---- Templates -------------------------------------------------------------------------------


@ROUTES.get("/templates", "view", result=results.TemplateList)
async def list_templates(caller: Asking) -> Any:
    """List templates by category and name."""
    return await caller.ask("workflows_templates")


@ROUTES.post("/templates", "create", result=results.TemplateSaved, status=201)
async def create_template(caller: Asking, body: bodies.TemplateBody) -> Any:
    """Make a template of a workflow."""
    return await caller.ask(
        "workflows_template_save",
        workflow=str(body.process_id),
        name=body.name,
        description=body.description,
        category=body.category,
        inputs={name: one.model_dump() for name, one in body.inputs.items()},
    )


@ROUTES.post("/templates/import", "create", result=results.TemplateSaved, status=201)
async def import_template(caller: Asking, body: bodies.TemplateDocument) -> Any:
    """Add a template that was exported, or written as those are."""
    return await caller.ask(
        "workflows_template_import", document=body.document, replace=body.replace
    )


@ROUTES.get("/templates/{id}", "view", result=results.Template)
async def show_template(caller: Asking, id: Ref) -> Any:  # noqa: A002
    """Show a template with what it asks for."""
    return await caller.ask("workflows_template", template=id)


@ROUTES.get("/templates/{id}/export", "view", result=bodies.Exported)
async def export_template(caller: Asking, id: Ref) -> Any:  # noqa: A002
    """Return a template as importing takes it."""
    return {"document": exported(await caller.ask("workflows_template", template=id))}


@ROUTES.delete("/templates/{id}", "delete", result=bodies.RemovedTemplate)
async def remove_template(caller: Asking, id: Ref) -> Any:  # noqa: A002
    """Remove a template that somebody has made; workflows that were made of it stay."""
    found = await caller.ask("workflows_template_remove", template=id)
    return {"message": "removed", **found}


@ROUTES.post("/templates/{id}/instantiate", "create", result=results.Saved, status=201)
async def instantiate_template(
    caller: Asking,
    id: Ref,  # noqa: A002
    body: Annotated[bodies.InstantiateBody, Body(default_factory=bodies.InstantiateBody)],
) -> Any:
    """Make a workflow of a template."""
    return await caller.ask(
        "workflows_instantiate", template=id, customizations=body.customizations
    )


# ---- Analytics, questions, trying ------------------------------------------------------------


@ROUTES.get("/analytics/overview", "view", result=results.Analytics)
async def process_overview(caller: Asking, days: Annotated[int, Query(ge=1, le=366)] = 30) -> Any:
    """Show how well all workflows run."""
    return await caller.ask("workflows_analytics", days=days)


@ROUTES.get("/approvals", "view", result=results.ApprovalList)
async def list_approvals(
    caller: Asking,
    open_only: Annotated[bool, Query(description="Only those that wait.")] = True,
) -> Any:
    """List questions to people."""
    return await caller.ask("workflows_approvals", is_open=open_only)


@ROUTES.post("/approvals/{id}/answer", "execute", result=results.Answered)
async def answer_approval(
    caller: Asking,
    id: Annotated[int, Path(ge=1, le=2**53)],  # noqa: A002
    body: bodies.AnswerBody,
) -> Any:
    """Answer a question; the execution goes on."""
    return await caller.ask("workflows_answer", approval=id, answer=body.answer)


@ROUTES.post("/validate", "view", result=results.Checked)
async def validate_process(caller: Asking, body: bodies.DocumentBody) -> Any:
    """Say everything that is wrong with a definition; nothing is saved."""
    return await caller.ask("workflows_check", document=body.document)


@ROUTES.post("/dry-run", "view", result=results.DryRun)
async def dry_run_definition(caller: Asking, body: bodies.DryRunBody) -> Any:
    """Show what a definition would do; nothing is done."""
    return await caller.ask("workflows_dry_run", **body.model_dump())


@ROUTES.post("/back-test", "view", result=results.BackTest)
async def back_test_definition(caller: Asking, body: bodies.BackTestBody) -> Any:
    """Show at which recorded events a definition would have begun."""
    return await caller.ask("workflows_back_test", timeout=BACK_TEST_TIMEOUT, **body.model_dump())


@ROUTES.post("/import", "create", result=results.Saved, status=201)
async def import_process(caller: Asking, body: bodies.DocumentBody) -> Any:
    """Add a workflow that was exported; it does not begin by itself."""
    return await caller.ask("workflows_save", document=body.document, is_active=False)


@ROUTES.get("/why", "view", result=results.ReasonList)
async def explain_event(
    caller: Asking,
    seq: Annotated[int, Query(ge=1, le=2**53, description="Number of the event.")],
    limit: Limit = 50,
    offset: Offset = 0,
) -> Any:
    """Say why each workflow that looks at such events did or did not run at one."""
    return await caller.ask("workflows_reasons", seq=seq, limit=limit, offset=offset)


# ---- Workflows -------------------------------------------------------------------------------


@ROUTES.get("", "view", result=results.ProcessList)
async def list_processes(
    caller: Asking,
    active_only: bool = False,
    template_id: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    created_by: Annotated[str | None, Query(max_length=255)] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Any:
    """List workflows by name."""
    return await caller.ask(
        "workflows_list",
        active_only=active_only,
        template_id=template_id,
        created_by=created_by,
        limit=limit,
        offset=offset,
    )


@ROUTES.post("", "create", result=results.Saved, status=201)
async def create_process(caller: Asking, body: bodies.ProcessBody) -> Any:
    """Create a workflow; everything that is wrong with it is said at once."""
    return await caller.ask("workflows_save", document=body.document(), is_active=body.is_active)


@ROUTES.get("/{id}", "view", result=results.Process)
async def show_process(
    caller: Asking,
    id: Ref,  # noqa: A002
    revision: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> Any:
    """Show a workflow with its triggers and actions; the `ETag` names what was seen."""
    found = await caller.ask("workflows_show", workflow=id, revision=revision)
    return with_etag(found, _tag(found))


@ROUTES.put("/{id}", "edit", result=bodies.Updated, responses=CHANGED)
async def update_process(
    caller: Asking,
    id: Ref,  # noqa: A002
    body: bodies.ProcessBody,
    condition: Precondition,
) -> Any:
    """Give a workflow another revision."""
    seen = None
    if condition is not None:
        shown = await caller.ask("workflows_show", workflow=id)
        condition.check(_tag(shown))
        seen = shown["revision"]
    found = await caller.ask(
        "workflows_save",
        workflow=id,
        document=body.document(),
        is_active=body.is_active,
        if_revision=seen,
    )
    return {"message": "updated", **found}


@ROUTES.delete("/{id}", "delete", result=bodies.Deactivated)
async def deactivate_process(caller: Asking, id: Ref) -> Any:  # noqa: A002
    """Have a workflow begin by itself no more; its executions and revisions stay."""
    found = await caller.ask("workflows_activate", workflow=id, is_active=False)
    return {"message": "deactivated", **found}


@ROUTES.post("/{id}/activate", "publish", result=results.Activated)
async def activate_process(caller: Asking, id: Ref) -> Any:  # noqa: A002
    """Have a workflow begin by itself."""
    return await caller.ask("workflows_activate", workflow=id, is_active=True)


@ROUTES.post("/{id}/execute", "execute", result=results.Begun, status=201)
async def execute_process(
    caller: Asking,
    id: Ref,  # noqa: A002
    body: Annotated[bodies.ExecuteBody, Body(default_factory=bodies.ExecuteBody)],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Any:
    """Begin an execution by hand."""
    return await caller.ask(
        "workflows_run",
        workflow=id,
        trigger_data=body.trigger_data,
        request_key=idempotency_key,
    )


@ROUTES.get("/{id}/analytics", "view", result=results.Analytics)
async def process_analytics(
    caller: Asking,
    id: Ref,  # noqa: A002
    days: Annotated[int, Query(ge=1, le=366)] = 30,
) -> Any:
    """Show how well a workflow runs."""
    return await caller.ask("workflows_analytics", workflow=id, days=days)


@ROUTES.get("/{id}/revisions", "view", result=results.RevisionList)
async def list_revisions(caller: Asking, id: Ref, limit: Limit = 50) -> Any:  # noqa: A002
    """List what was saved of a workflow, the newest first."""
    return await caller.ask("workflows_revisions", workflow=id, limit=limit)


@ROUTES.get("/{id}/why", "view", result=results.Reason)
async def explain_process(
    caller: Asking,
    id: Ref,  # noqa: A002
    seq: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> Any:
    """Say why a workflow did or did not run at an event; without a number, at the newest."""
    return await caller.ask("workflows_why", workflow=id, seq=seq)


@ROUTES.get("/{id}/reasons", "view", result=results.ReasonsOfOne)
async def explain_process_at(
    caller: Asking,
    id: Ref,  # noqa: A002
    seq: Annotated[
        list[Annotated[int, Field(ge=1, le=2**53)]],
        Query(min_length=1, max_length=100, description="Numbers of the events."),
    ],
) -> Any:
    """Say why a workflow did or did not run at each of some events."""
    return await caller.ask("workflows_why_each", workflow=id, seqs=seq)


@ROUTES.get("/{id}/export", "view", result=bodies.Exported)
async def export_process(caller: Asking, id: Ref) -> Any:  # noqa: A002
    """Return the definition of a workflow, as importing takes it."""
    found = await caller.ask("workflows_show", workflow=id)
    return {"document": found["document"]}


def _tag(shown: dict[str, Any]) -> str:
    """Return the name of a workflow as somebody has seen it."""
    return etag({name: shown[name] for name in ("id", "revision", "is_active")})

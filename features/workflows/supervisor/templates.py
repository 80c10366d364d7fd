"""Templates: workflows with inputs that are filled in when one is made.

Owns the rows, those that come with Meshvisor, and filling in.  A template is `{"inputs": {...},
"workflow": {...}}`; where `{{ input.NAME }}` stands in the workflow, the value takes its place.
"""

from __future__ import annotations

import asyncio
import copy
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from meshvisor.features.workflows import events
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.problems import Problem, written
from meshvisor.features.workflows.model.values import whole_number
from meshvisor.features.workflows.supervisor import definitions
from meshvisor.features.workflows.supervisor.definitions import QUERIES, iso
from meshvisor.features.workflows.supervisor.service import WorkflowService
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import ConflictError, UnknownError, UsageError
from meshvisor.shared.inputs import misfit
from meshvisor.shared.late import late
from meshvisor.supervisor.audit.log import Actor

if TYPE_CHECKING:
    from meshvisor.features.workflows import results
    from meshvisor.features.workflows.model import definition, templating
else:
    results = late("meshvisor.features.workflows.results")
    definition = late("meshvisor.features.workflows.model.definition")
    templating = late("meshvisor.features.workflows.model.templating")

CATEGORIES: Final = ("emergency", "maintenance", "communication", "monitoring")

SHIPPED: Final = Path(__file__).parents[1] / "templates"


class Templates:
    """Those of a home."""

    def __init__(self, workflows: WorkflowService, clock: Clock) -> None:
        self._workflows = workflows
        self._store = workflows.store
        self._clock = clock
        self._are_shipped = False

    async def list(self) -> results.TemplateList:
        """Return all by category and name."""
        await self._ship()
        rows = await self._store.read(lambda db: db.execute(QUERIES["templates"]).fetchall())
        return results.TemplateList(templates=tuple(map(_template, rows)))

    async def show(self, ref: str) -> results.Template:
        """Return one by its number or name.

        Raises:
            UnknownError: there is none.
        """
        await self._ship()
        return await self._store.read(lambda db: _find(db, ref))

    async def save(
        self, ref: str | int, name: str, description: str, category: str, actor: Actor
    ) -> results.TemplateSaved:
        """Make a template of a workflow.

        Raises:
            UsageError: the name or the category cannot be.
            UnknownError: there is no such workflow.
            ConflictError: there is a template of this name.
        """
        await self._ship()
        try:
            name = definition.check_name(name)
        except ValueError as error:
            raise UsageError(str(error)) from None
        if category not in CATEGORIES:
            raise UsageError(
                f"{category!r:.40} is no category; choose one of {', '.join(CATEGORIES)}"
            )
        now = round(self._clock.wall() * 1000)
        audit = self._workflows.audit

        def work(db: sqlite3.Connection) -> tuple[int, Any]:
            row = definitions.find(db, ref)
            if db.execute(QUERIES["template"], {"ref": name}).fetchone() is not None:
                raise ConflictError(f"there is a template {name!r} already; take another name")
            data = {"inputs": {}, "workflow": row.document}
            number = _put(db, name, description or row.description, category, data, actor.id, now)
            done = audit.done(actor, "workflows.template", name, events.TEMPLATE, f"of {row.name}")
            done.write(db)
            return number, done

        number, done = await self._store.write(work)
        await audit.keep(done, is_written=True)
        return results.TemplateSaved(template_id=number, name=name)

    async def instantiate(
        self, ref: str, customizations: Mapping[str, Any], actor: Actor
    ) -> results.Saved:
        """Make a workflow of a template.

        Args:
            ref: the template's number or name.
            customizations: values of its inputs by name, and fields of the workflow such as `name`,
                which take the place of those of the template.
            actor: on whose behalf it acts.

        Raises:
            UsageError: an input is missing or does not fit.
            UnknownError: there is no such template.
        """
        template = await self.show(ref)
        document = instantiated(template, customizations)
        names = await self._store.read(
            lambda db: {name for (name,) in db.execute(QUERIES["names"])}
        )
        if "name" not in customizations:
            document["name"] = _free(document["name"], names)
        is_active = bool(customizations.get("is_active", True))
        return await self._workflows.save(
            document, actor, is_active=is_active, template_id=template.id
        )

    async def _ship(self) -> None:
        """Have those that come with Meshvisor in the table, as this version has them."""
        if self._are_shipped:
            return
        shipped = await asyncio.to_thread(shipped_templates)
        now = round(self._clock.wall() * 1000)
        known = await self._store.read(
            lambda db: {row[1]: row for row in db.execute(QUERIES["templates"])}
        )
        new = [
            one
            for one in shipped
            if one["name"] not in known
            or (known[one["name"]][6] is None and json.loads(known[one["name"]][4]) != _data(one))
        ]
        if new:

            def work(db: sqlite3.Connection) -> None:
                for one in new:
                    _put(
                        db, one["name"], one["description"], one["category"], _data(one), None, now
                    )

            await self._store.write(work)
        self._are_shipped = True


def shipped_templates() -> list[dict[str, Any]]:
    """Read the templates that come with Meshvisor; blocks."""
    # Not before they are looked at them.
    import yaml

    return [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.yaml"))
    ]


def instantiated(template: results.Template, customizations: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document that a template becomes with these values.

    Raises:
        UsageError: inputs are missing or do not fit; a line for each, with its place.
    """
    inputs = template.inputs
    workflow = copy.deepcopy(dict(template.template_data["workflow"]))
    values, changes = {}, {}
    problems: list[Problem] = []

    def wrong(name: str, sentence: str) -> None:
        problems.append(Problem(written(("customizations", name)), sentence))

    for name, value in customizations.items():
        if name in inputs:
            if misfits := misfit(inputs[name], value):
                wrong(name, misfits)
            values[name] = value
        elif name in _FIELDS:
            changes[name] = value
        else:
            there = ", ".join([*inputs, *_FIELDS])
            wrong(name[:60], say.NO_INPUT(names=there))
    for name, one in inputs.items():
        if name in values:
            continue
        if "default" not in one:
            wrong(name, say.NEEDED(meaning=one.get("description", one["type"])))
        values[name] = one.get("default")
    if problems:
        raise UsageError("\n".join(map(str, problems)))
    changes.pop("is_active", None)
    return {**templating.filled_in(workflow, values), **changes}


# Private

_FIELDS: Final = (
    "name", "description", "mode", "key", "cooldown", "rate_limit", "deadline", "triggers", "when",
    "steps", "actions", "is_active",
)  # fmt: skip


def _data(shipped: Mapping[str, Any]) -> dict[str, Any]:
    return {"inputs": shipped.get("inputs", {}), "workflow": shipped["workflow"]}


def _put(  # noqa: PLR0913, PLR0917 - each is a column
    db: sqlite3.Connection,
    name: str,
    description: str,
    category: str,
    data: Mapping[str, Any],
    actor: str | None,
    now: int,
) -> int:
    values = {
        "name": name,
        "description": description,
        "category": category,
        "data": json.dumps(data, ensure_ascii=False),
        "actor": actor,
        "now": now,
    }
    db.execute(QUERIES["put_template"], values)
    return int(db.execute(QUERIES["template"], {"ref": name}).fetchone()[0])


def _find(db: sqlite3.Connection, ref: str) -> results.Template:
    number = whole_number(ref)
    row = db.execute(QUERIES["template"], {"ref": ref if number is None else number}).fetchone()
    if row is None:
        raise UnknownError(
            f"there is no template {ref[:80]!r}; meshvisor workflows templates lists them"
        )
    return _template(row)


def _template(row: Any) -> results.Template:
    number, name, description, category, data, count, by, at, public = row
    content = json.loads(data)
    return results.Template(
        id=number,
        name=name,
        description=description,
        category=category,
        usage_count=count,
        created_by=by,
        created_at=str(iso(at)),
        is_public=bool(public),
        inputs=content.get("inputs", {}),
        template_data=content,
    )


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(one for number in range(2, 10_000) if (one := f"{name} {number}") not in taken)

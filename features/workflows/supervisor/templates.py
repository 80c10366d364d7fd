"""Templates: workflows with inputs that are filled in when one is made.

Owns the rows, those that come with Meshvisor, and making workflows.  Does not own the form
(`model.templating`).
"""

from __future__ import annotations

import asyncio
import copy
import json
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from meshvisor.features.workflows import events
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.problems import (
    MOST_SHOWN,
    DefinitionError,
    Problem,
    written,
)
from meshvisor.features.workflows.model.values import whole_number
from meshvisor.features.workflows.supervisor.definitions import QUERIES, iso
from meshvisor.features.workflows.supervisor.known_fields import known_fields
from meshvisor.features.workflows.supervisor.service import WorkflowService
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import ConflictError, UnknownError, UsageError
from meshvisor.shared.inputs import misfit
from meshvisor.shared.late import late
from meshvisor.supervisor.audit.log import Actor, Done

if TYPE_CHECKING:
    from meshvisor.features.workflows import results
    from meshvisor.features.workflows.model import templating
else:
    results = late("meshvisor.features.workflows.results")
    templating = late("meshvisor.features.workflows.model.templating")

T = TypeVar("T")

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
        self, ref: str | int, about: Mapping[str, Any], inputs: Mapping[str, Any], actor: Actor
    ) -> results.TemplateSaved:
        """Make a template of a workflow.

        Args:
            ref: the workflow's number or name.
            about: `name`, `category` and `description` of the template.
            inputs: what it asks for, see `templating.asking_for`.
            actor: who does it.

        Raises:
            UsageError: the name, the category or an input cannot be.
            UnknownError: there is no such workflow.
            ConflictError: there is a template of this name.
        """
        row = await self._workflows.find(ref)

        def work() -> dict[str, Any]:
            workflow, specs = templating.asking_for(row.document, inputs)
            description = about["description"] or row.description
            return {**about, "description": description, "inputs": specs, "workflow": workflow}

        given = await _checked(work)
        return await self._keep(given, actor, f"of {row.name}", replace=False)

    async def take_in(self, given: Any, actor: Actor, *, replace: bool) -> results.TemplateSaved:
        """Add a template that was exported, or written as those are.

        Args:
            given: the document.
            actor: who does it.
            replace: whether one of the same name that a user has made is replaced.

        Raises:
            UsageError: it is none, in every way that it says.
            ConflictError: there is a template of this name.
        """
        return await self._keep(given, actor, "taken in", replace=replace)

    async def remove(self, ref: str, actor: Actor) -> results.TemplateRemoved:
        """Remove a template that a user has made; workflows that were made of it stay.

        Raises:
            UnknownError: there is none.
            ConflictError: it came with Meshvisor.
        """
        await self._ship()
        audit = self._workflows.audit

        def work(db: sqlite3.Connection) -> tuple[results.Template, Done]:
            template = _find(db, ref)
            if template.created_by is None:
                raise ConflictError(
                    f"the template {template.name!r} came with Meshvisor and stays; only own ones "
                    "can be removed"
                )
            db.execute(QUERIES["remove_template"], (template.id,))
            done = audit.done(
                actor, "workflows.template_remove", template.name, events.TEMPLATE_REMOVED
            )
            done.write(db)
            return template, done

        template, done = await self._store.write(work)
        await audit.keep(done, is_written=True)
        return results.TemplateRemoved(template_id=template.id, name=template.name)

    async def _keep(
        self, given: Any, actor: Actor, detail: str, *, replace: bool
    ) -> results.TemplateSaved:
        await self._ship()
        template = await _checked(lambda: templating.read_template(given, known_fields))
        now = round(self._clock.wall() * 1000)
        audit = self._workflows.audit
        name = template["name"]

        def work(db: sqlite3.Connection) -> tuple[int, Done]:
            row = db.execute(QUERIES["template"], {"ref": name}).fetchone()
            if row is not None:
                if not replace or _template(row).created_by is None:
                    raise ConflictError(f"there is a template {name!r} already; take another name")
                db.execute(QUERIES["replace_template"], _values(template, actor.id, now))
                number = int(row[0])
            else:
                number = _put(db, template, actor.id, now)
            done = audit.done(actor, "workflows.template", name, events.TEMPLATE, detail)
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
        is_active = customizations.get("is_active")
        return await self._workflows.save(
            document,
            actor,
            is_active=None if is_active is None else bool(is_active),
            template_id=template.id,
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
                    _put(db, one, None, now)

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
    "name", "description", "mode", "key", "cooldown", "threshold", "rate_limit", "deadline",
    "triggers", "when",
    "steps", "actions", "is_active",
)  # fmt: skip


def _data(shipped: Mapping[str, Any]) -> dict[str, Any]:
    return {"inputs": shipped.get("inputs", {}), "workflow": shipped["workflow"]}


async def _checked(work: Callable[[], T]) -> T:
    """Return what a function makes of a document, in a thread: it is user data.

    Raises:
        UsageError: it is wrong; a line for each problem.
    """
    try:
        return await asyncio.to_thread(work)
    except DefinitionError as error:
        raise UsageError("\n".join(map(str, error.problems[:MOST_SHOWN]))) from None


def _values(template: Mapping[str, Any], actor: str | None, now: int) -> dict[str, Any]:
    return {
        "name": template["name"],
        "description": template["description"],
        "category": template["category"],
        "data": json.dumps(_data(template), ensure_ascii=False),
        "actor": actor,
        "now": now,
    }


def _put(db: sqlite3.Connection, template: Mapping[str, Any], actor: str | None, now: int) -> int:
    db.execute(QUERIES["put_template"], _values(template, actor, now))
    return int(db.execute(QUERIES["template"], {"ref": template["name"]}).fetchone()[0])


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

"""Workflows as people change and see them, with a supervisor and without.

Owns that a change, its revision, its entry in the audit log and its event are one transaction, and
whose rights a workflow has: those of who has saved its newest revision.  Does not own running them.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from meshvisor.features.workflows import events
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.problems import MOST_SHOWN
from meshvisor.features.workflows.model.triggers import MANUAL
from meshvisor.features.workflows.supervisor import definitions
from meshvisor.features.workflows.supervisor.definitions import QUERIES, Row, iso
from meshvisor.features.workflows.supervisor.known_fields import known_fields
from meshvisor.features.workflows.supervisor.rights import Rights
from meshvisor.shared.clock import Clock
from meshvisor.shared.errors import ConflictError, ForbiddenError, UsageError
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.late import late
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor, AuditLog, Done

if TYPE_CHECKING:
    from meshvisor.features.workflows import results
    from meshvisor.features.workflows.model import calls, cycles, definition, writing
else:
    results = late("meshvisor.features.workflows.results")
    calls = late("meshvisor.features.workflows.model.calls")
    cycles = late("meshvisor.features.workflows.model.cycles")
    definition = late("meshvisor.features.workflows.model.definition")
    writing = late("meshvisor.features.workflows.model.writing")

MOST_WORKFLOWS: Final = 5_000
PUBLISH: Final = "processes:publish"
"""What somebody needs to have a workflow begin by itself."""


class WorkflowService:
    """Definitions of a home.

    Args:
        store: the main database.
        audit: the audit log.
        clock: the time.
        rights: who may do what.
        changed: called when a definition was changed.
    """

    def __init__(
        self,
        store: Store,
        audit: AuditLog,
        clock: Clock,
        rights: Rights,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.store = store
        self.audit = audit
        self._clock = clock
        self._rights = rights
        self._changed = changed

    # ---- Seeing ------------------------------------------------------------------------------

    async def list(
        self, filters: Mapping[str, Any], limit: int, offset: int
    ) -> results.ProcessList:
        """Return some workflows by name."""
        rows, total = await self.store.read(lambda db: definitions.page(db, filters, limit, offset))
        return results.ProcessList(processes=tuple(map(definitions.info, rows)), total=total)

    async def show(self, ref: str | int, revision: int | None = None) -> results.Process:
        """Return one with its definition.

        Raises:
            UnknownError: there is none.
        """

        def look(db: sqlite3.Connection) -> results.Process:
            row = definitions.find(db, ref)
            if revision is not None:
                row = definitions.at_revision(db, row, revision)
            warnings = _warnings(db, row.document, writing.Places.of(row.document), but=row.id)
            return definitions.process(row, warnings)

        return await self.store.read(look)

    async def find(self, ref: str | int) -> Row:
        """Return one as it is written.

        Raises:
            UnknownError: there is none.
        """
        return await self.store.read(lambda db: definitions.find(db, ref))

    async def revisions(self, ref: str | int, limit: int) -> results.RevisionList:
        """Return what was saved of one, the newest first.

        Raises:
            UnknownError: there is none.
        """

        def look(db: sqlite3.Connection) -> results.RevisionList:
            row = definitions.find(db, ref)
            found = db.execute(QUERIES["revisions"], (row.id, limit)).fetchall()
            return results.RevisionList(
                revisions=tuple(
                    results.Revision(
                        revision=number,
                        created_at=str(iso(at)),
                        created_by=by,
                        document=json.loads(document),
                    )
                    for number, at, by, document in found
                )
            )

        return await self.store.read(look)

    async def check(self, given: Any, besides: Sequence[Any] = ()) -> results.Checked:
        """Return what is wrong with a document; nothing is saved.

        Args:
            given: the document.
            besides: others that are to be saved with it: it may call them.
        """
        reading = await self._read(given, besides)
        if reading.problems:
            shown = reading.problems[:MOST_SHOWN]
            return results.Checked(
                valid=False, problems=_reported(shown), warnings=(), document=None
            )
        document = reading.document
        warnings = await self.store.read(
            lambda db: _warnings(db, document, reading.places, name=document["name"])
        )
        return results.Checked(valid=True, problems=(), warnings=warnings, document=document)

    # ---- Changing ----------------------------------------------------------------------------

    async def save(  # noqa: PLR0913 - each is part of one change
        self,
        given: Any,
        actor: Actor,
        *,
        ref: str | int | None = None,
        if_revision: int | None = None,
        is_active: bool | None = None,
        template_id: int | None = None,
        upsert: bool = False,
    ) -> results.Saved:
        """Add a workflow, or give one another revision.

        Args:
            given: the document.
            actor: who does it; the workflow acts on their behalf from then on.
            ref: the number or name of the one to change; None: a new one.
            if_revision: the revision that the caller has seen; None: whichever there is.
            is_active: whether it begins by itself; None: a new one does where the actor may have it
                do so, another stays as it is.
            template_id: the template that it is made of.
            upsert: whether one of the same name is changed.

        Raises:
            UsageError: the document is wrong, in every way that it says; or the actor may not do
                what its steps do.
            UnknownError: there is no such workflow.
            ConflictError: it was changed meanwhile, or there is another one of this name.
        """
        reading = await self._read(given)
        if reading.problems:
            raise UsageError("\n".join(map(str, reading.problems[:MOST_SHOWN])))
        document = reading.document
        await self._rights.check(actor, document)
        may_publish = await self._rights.may(actor.user_id, PUBLISH)
        if is_active and not may_publish:
            raise ForbiddenError(say.MUST_NOT_PUBLISH.said(scope=PUBLISH))
        owner = actor.user_id
        now = self._now()

        def work(db: sqlite3.Connection) -> tuple[results.Saved, Done | None]:
            row = None if ref is None else definitions.find(db, ref)
            same = definitions.named(db, document["name"])
            if same is not None and (row is None or same.id != row.id):
                if row is not None or not upsert:
                    raise ConflictError(
                        f"there is a workflow {document['name']!r} already; change that one, or "
                        "take another name"
                    )
                row = same
            warnings = _warnings(db, document, reading.places, but=None if row is None else row.id)
            if row is None:
                active = may_publish if is_active is None else is_active
                if is_active is None and not may_publish:
                    asleep = say.LANDS_INACTIVE(scope=PUBLISH)
                    warnings = (results.ProblemReport(place="", message=asleep), *warnings)
                return self._insert(db, document, actor, owner, now, active, template_id, warnings)
            if if_revision is not None and if_revision != row.revision:
                raise ConflictError(
                    f"{row.name!r} was changed meanwhile: it is at revision {row.revision}, and "
                    f"not {if_revision}; look at it again"
                )
            return self._update(db, row, document, actor, owner, now, is_active, warnings)

        saved, done = await self.store.write(work)
        if done is not None:
            await self.audit.keep(done, is_written=True)
            self._changed()
        return saved

    async def activate(self, ref: str | int, actor: Actor, *, is_active: bool) -> results.Activated:
        """Have a workflow begin by itself, or not any more.

        Raises:
            UnknownError: there is none.
        """
        now = self._now()

        def work(db: sqlite3.Connection) -> tuple[results.Activated, Done | None]:
            row = definitions.find(db, ref)
            outcome = results.Activated(process_id=row.id, name=row.name, is_active=is_active)
            if row.is_active == is_active:
                return outcome, None
            db.execute(QUERIES["set_active"], {"id": row.id, "is_active": is_active, "now": now})
            kind = events.ACTIVATED if is_active else events.DEACTIVATED
            done = self.audit.done(
                actor, kind.name.replace("workflow", "workflows"), row.name, kind
            )
            done.write(db)
            return outcome, done

        outcome, done = await self.store.write(work)
        if done is not None:
            await self.audit.keep(done, is_written=True)
            self._changed()
        return outcome

    async def note(self, actor: Actor, action: str, name: str, detail: str) -> None:
        """Keep in the audit log, and as an event, that somebody has asked for an execution."""
        await self.audit.keep(
            self.audit.done(actor, f"workflows.{action}", name, events.REQUESTED, detail)
        )

    # ---- Private -----------------------------------------------------------------------------

    async def _read(self, given: Any, besides: Sequence[Any] = ()) -> definition.Reading:
        """Read a document, and look whether what it calls can be called so."""

        # Milliseconds, but not the loop's: the document is user data.
        def work() -> tuple[definition.Reading, dict[str, Any]]:
            others = [definition.read(one).document for one in besides]
            beside = {one["name"]: one for one in others if "name" in one and "steps" in one}
            return definition.read(given, known_fields), beside

        reading, beside = await asyncio.to_thread(work)
        document = reading.document
        if "name" in document and "steps" in document:
            called = await self.store.read(lambda db: definitions.called(db, document))
            found = calls.call_problems(document, reading.places, {**called, **beside})
            reading.problems.extend(found)
        return reading

    def _insert(  # noqa: PLR0913, PLR0917 - each is part of one change
        self,
        db: sqlite3.Connection,
        document: Mapping[str, Any],
        actor: Actor,
        owner: str | None,
        now: int,
        active: bool,
        template_id: int | None,
        warnings: tuple[results.ProblemReport, ...],
    ) -> tuple[results.Saved, Done | None]:
        (count,) = db.execute(QUERIES["totals"]).fetchone()[:1]
        if count >= MOST_WORKFLOWS:
            raise UsageError(f"there are {count:,} workflows, which is the most there may be")
        number = definitions.insert(
            db,
            document,
            actor=actor.id,
            owner=owner,
            now=now,
            is_active=active,
            template_id=template_id,
        )
        if template_id is not None:
            db.execute(QUERIES["count_use"], (template_id,))
        done = self._done(db, actor, document["name"], "added", number, 1)
        saved = results.Saved(
            process_id=number,
            name=document["name"],
            revision=1,
            is_active=active,
            created=True,
            changed=True,
            begins=active and _has_trigger(document),
            warnings=warnings,
        )
        return saved, done

    def _update(  # noqa: PLR0913, PLR0917 - each is part of one change
        self,
        db: sqlite3.Connection,
        row: Row,
        document: Mapping[str, Any],
        actor: Actor,
        owner: str | None,
        now: int,
        is_active: bool | None,
        warnings: tuple[results.ProblemReport, ...],
    ) -> tuple[results.Saved, Done | None]:
        active = row.is_active if is_active is None else is_active
        is_same = row.document == document
        if active != row.is_active:
            db.execute(QUERIES["set_active"], {"id": row.id, "is_active": active, "now": now})
        revision = row.revision
        if not is_same:
            revision = definitions.update(db, row, document, actor=actor.id, owner=owner, now=now)
        done = None
        if not is_same or active != row.is_active:
            done = self._done(db, actor, document["name"], "changed", row.id, revision)
        saved = results.Saved(
            process_id=row.id,
            name=document["name"],
            revision=revision,
            is_active=active,
            created=False,
            changed=not is_same,
            begins=active and _has_trigger(document),
            warnings=warnings,
        )
        return saved, done

    def _done(
        self, db: sqlite3.Connection, actor: Actor, name: str, what: str, number: int, revision: int
    ) -> Done:
        detail = f"{what}, revision {revision}"
        data = {
            "origin": actor.origin,
            "detail": detail,
            "workflow_id": number,
            "revision": revision,
        }
        event = NewEvent(self._now(), events.CHANGED.name, name, actor=actor.id, data=data)
        done = self.audit.done_with(actor, "workflows.save", name, event.under(actor.cause), detail)
        done.write(db)
        return done

    def _now(self) -> int:
        return round(self._clock.wall() * 1000)


def _warnings(
    db: sqlite3.Connection,
    document: Mapping[str, Any],
    places: writing.Places,
    *,
    but: int | None = None,
    name: str | None = None,
) -> tuple[results.ProblemReport, ...]:
    others = {
        row.name: row.document
        for row in definitions.active(db)
        if row.id != but and row.name != name
    }
    called = definitions.called(db, document)
    return _reported(cycles.warnings_about(document, {**called, **others}.values(), places))


def _has_trigger(document: Mapping[str, Any]) -> bool:
    """Say whether a workflow begins otherwise than by hand, or by a call."""
    return any(one["type"] != MANUAL and one.get("is_active", True) for one in document["triggers"])


def _reported(problems: Any) -> tuple[results.ProblemReport, ...]:
    return tuple(results.ProblemReport(place=one.place, message=one.message) for one in problems)

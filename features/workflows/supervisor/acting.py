"""What workflows do to the world, once each: a request of the control socket in their name.

Owns which requests a workflow may make, whether its owner may, and that a request which is repeated
after a crash is not done twice.  Does not own the requests: each is answered by its own feature.

Requests that know their key (alerts, jobs, notifications) are the same request when they are
repeated.  Of the others it is written down before that they begin: after a crash it is unknown
whether a message was said, and it is not said again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from pydantic import BaseModel, ValidationError

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.asking import ALLOWED
from meshvisor.features.workflows.supervisor.definitions import QUERIES
from meshvisor.features.workflows.supervisor.rights import Rights
from meshvisor.shared.clock import Clock
from meshvisor.shared.control.request import CauseOfRequest
from meshvisor.shared.errors import ForbiddenError, UsageError
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.control.handling import Call, Handler
from meshvisor.supervisor.services import Services

UNKNOWN: Final = say.UNCERTAIN()
ORIGIN: Final = "workflow"


class Acting:
    """Carries out what workflows ask for."""

    def __init__(self, store: Store, services: Services, clock: Clock, rights: Rights) -> None:
        self._store = store
        self._services = services
        self._clock = clock
        self._rights = rights
        self._handlers: Mapping[str, Handler] | None = None
        self._under_way: dict[str, asyncio.Future[Any]] = {}

    async def act(
        self,
        workflow: str,
        owner: str | None,
        key: str,
        request: Mapping[str, Any],
        cause: Mapping[str, Any] | None,
    ) -> Any:
        """Do it, or return what came of it when it was done.

        Args:
            workflow: its name.
            owner: on whose behalf it acts.
            key: the same for whatever is the same request.
            request: `type` and its fields.
            cause: what it follows from: `correlation_id`, `causation_id`, `depth`.

        Raises:
            UsageError: it is none that workflows may make, the owner may not, or it is refused.
            MeshvisorError: it cannot be done now.
        """
        kind = str(request.get("type"))
        allowed = ALLOWED.get(kind)
        if allowed is None:
            raise UsageError(f"{kind!r} is no request that workflows may make")
        if not await self._rights.may(owner, allowed.scope):
            raise ForbiddenError(
                say.NO_SCOPE.said(owner=owner, workflow=workflow, scope=allowed.scope)
            )
        going = self._under_way.get(key)
        if going is not None:
            return await asyncio.shield(going)
        task = asyncio.ensure_future(self._once(workflow, key, kind, request, cause))
        self._under_way[key] = task
        try:
            # To its end also when the engine leaves: what is half done would be unknown.
            return await asyncio.shield(task)
        finally:
            if task.done():
                self._under_way.pop(key, None)
            else:
                task.add_done_callback(lambda _: self._under_way.pop(key, None))

    async def _once(
        self,
        workflow: str,
        key: str,
        kind: str,
        request: Mapping[str, Any],
        cause: Mapping[str, Any] | None,
    ) -> Any:
        handler, asked = self._asked(kind, request)
        name = f"workflow:{workflow}"
        follows = CauseOfRequest.model_validate(cause).value if cause else None
        call = Call(Actor(name, ORIGIN, name, follows), self._services)
        if ALLOWED[kind].knows_its_key:
            return _plain(await handler.answer(asked, call))  # type: ignore[misc]
        found = await self._store.write(lambda db: self._begin(db, key))
        if found is not None:
            return json.loads(found)
        try:
            result = _plain(await handler.answer(asked, call))  # type: ignore[misc]
        except UsageError:
            # Refused, so it was certainly not done; the next attempt may fare better.
            await self._store.write(
                lambda db: db.execute(QUERIES["forget_effect"], (key,)).rowcount
            )
            raise
        text = json.dumps(result, ensure_ascii=False)
        await self._store.write(lambda db: db.execute(QUERIES["end_effect"], (text, key)).rowcount)
        return result

    def _begin(self, db: Any, key: str) -> str | None:
        """Note that it begins; return what came of it when it has begun before."""
        row = db.execute(QUERIES["effect"], (key,)).fetchone()
        if row is None:
            db.execute(QUERIES["begin_effect"], (key, round(self._clock.wall() * 1000)))
            return None
        return json.dumps({"uncertain": UNKNOWN}) if row[0] is None else str(row[0])

    def _asked(self, kind: str, request: Mapping[str, Any]) -> tuple[Handler, Any]:
        if self._handlers is None:
            from meshvisor.supervisor.control.registry import all_handlers

            self._handlers = all_handlers()
        handler = self._handlers.get(kind)
        if handler is None:
            raise UsageError(f"there is no {kind.replace('_', ' ')} here: its feature is left out")
        try:
            return handler, handler.request.model_validate(request)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UsageError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None


def _plain(result: Any) -> Any:
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json")
    return msgspec.to_builtins(result)

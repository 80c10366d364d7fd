"""The chat commands that administer the fleet; one file per command.

Owns who may use them, and that every request gets an answer.  Workers have checked the user
already, but a worker runs code of plug-ins: what it says is not believed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from meshvisor.features.access.supervisor.administration.chat import (
    admin,
    listperms,
    refresh,
    relogin,
    removeperm,
    setperm,
)
from meshvisor.features.access.supervisor.administration.chat.denied_attempts import DeniedAttempts
from meshvisor.features.access.supervisor.administration.chat.request import (
    AdministrationServices,
    ChatRequest,
    MisusedError,
)
from meshvisor.features.access.supervisor.directory.backend import DirectoryUncertainError
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.protocol.from_worker import AdminRequest
from meshvisor.shared.protocol.to_worker import AdminResult
from meshvisor.supervisor.room_words import UNPROVEN, for_room

ChatCommandHandler = Callable[[ChatRequest, AdministrationServices], Awaitable[str]]

HANDLERS: Final[Mapping[str, ChatCommandHandler]] = {
    "admin": admin.handle,
    "listperms": listperms.handle,
    "refresh": refresh.handle,
    "relogin": relogin.handle,
    "removeperm": removeperm.handle,
    "setperm": setperm.handle,
}

CHANGES: Final = frozenset({"admin", "removeperm", "setperm"})
"""Answered one after another, so that who is removed by one has lost the right to the next."""


RealmOf = Callable[[str], str]
"""Returns the realm of a mesh."""


class ChatAdministration:
    """Answers what people ask for in rooms."""

    def __init__(self, services: AdministrationServices, realm_of: RealmOf) -> None:
        self._services = services
        self._realm_of = realm_of
        self._denied = DeniedAttempts(services.administration)
        self._changing = asyncio.Lock()

    async def answer(self, mesh_id: str, message: AdminRequest) -> AdminResult:
        """Carry out one request and return what to say."""
        handler = HANDLERS.get(message.command)
        if handler is None:
            return AdminResult(ok=False, text=f"There is no admin command {message.command!r}.")
        if message.command not in CHANGES:
            return await self._answer(handler, mesh_id, message)
        async with self._changing:
            return await self._answer(handler, mesh_id, message)

    async def _answer(
        self, handler: ChatCommandHandler, mesh_id: str, message: AdminRequest
    ) -> AdminResult:
        realm = self._realm_of(mesh_id)
        request = ChatRequest(mesh_id, message, realm)
        if not message.authenticated:
            await self._denied.note(request, UNPROVEN)
            return AdminResult(ok=False, text=UNPROVEN)
        if not self._services.administration.directory.is_admin(message.user_id, realm):
            text = f"Only admins may use {message.prefix}{message.command}."
            await self._denied.note(request, text)
            return AdminResult(ok=False, text=text)
        try:
            text = await handler(request, self._services)
        except MisusedError as error:
            return AdminResult(ok=False, text=str(error))
        except DirectoryUncertainError as error:
            text = f"It is unknown whether it was done: {for_room(error)}"
            return AdminResult(ok=False, text=text)
        except MeshvisorError as error:
            return AdminResult(ok=False, text=f"Nothing was done: {for_room(error)}")
        return AdminResult(ok=True, text=text)

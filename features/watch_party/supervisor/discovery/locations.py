"""The servers of meshes that a platform lists without saying where they are.

Owns asking for them one by one and remembering the answers.  Called by `rest` after each listing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from meshvisor.features.watch_party.supervisor.discovery.listing import ShapeError, read_server
from meshvisor.supervisor.platform.errors import ApiError, StatusError
from meshvisor.supervisor.platform.http_client import HttpClient
from meshvisor.supervisor.platform.json_api import JsonApi

ASKED_AT_ONCE: Final = 8
"""Requests under way at the same time."""

ASKED_AGAIN: Final = 20
"""Known meshes that each update asks for again, those first that were asked for longest ago: a
mesh that has moved is found in the end, without a request for each mesh every time."""

_NOT_FOUND: Final = 404
_TOO_MANY: Final = 429


class Locations:
    """Knows where meshes are.

    Args:
        api: the platform.
        default_server: of meshes for which the platform names none, or does not tell at all.
    """

    def __init__(self, api: JsonApi, default_server: str) -> None:
        self._api = api
        self._default_server = default_server
        self._servers: dict[str, str] = {}  # asked for longest ago first

    def get(self, mesh_id: str) -> str | None:
        """Return the server of a mesh; None: it is not known."""
        return self._servers.get(mesh_id)

    async def update(self, client: HttpClient, mesh_ids: Sequence[str]) -> list[str]:
        """Ask for the meshes that are not known yet and for some that are; forget all others.

        Returns a phrase for each mesh whose server could not be found out.  What was learned
        until an error is kept, so that the next update goes on from there.

        Raises:
            ApiError: the platform does not answer any more, or has a rate limit.
        """
        listed = set(mesh_ids)
        self._servers = {m: server for m, server in self._servers.items() if m in listed}
        new = [mesh_id for mesh_id in mesh_ids if mesh_id not in self._servers]
        questions = iter([*new, *list(self._servers)[:ASKED_AGAIN]])
        problems: list[str] = []
        failures: list[ApiError] = []

        async def ask_one_by_one() -> None:
            for mesh_id in questions:
                if failures:
                    return
                try:
                    problems.extend(await self._ask(client, mesh_id))
                except ApiError as error:
                    failures.append(error)

        async with asyncio.TaskGroup() as askers:
            for number in range(min(ASKED_AT_ONCE, len(new) + ASKED_AGAIN)):
                askers.create_task(ask_one_by_one(), name=f"discovery location {number}")
        if failures:
            raise failures[0]
        return sorted(problems)

    async def _ask(self, client: HttpClient, mesh_id: str) -> list[str]:
        """Find out where one mesh is; return why not, if so."""
        known = self._servers.pop(mesh_id, None)
        if known is not None:
            self._servers[mesh_id] = known  # last in the row from now on, whatever comes
        try:
            server = read_server(await self._api.get(client, f"/meshes/{quote(mesh_id, safe='')}"))
        except ShapeError as error:
            return [f"mesh {mesh_id}: {error}"]
        except StatusError as error:
            if error.status == _TOO_MANY:
                raise
            if error.status != _NOT_FOUND:
                return [f"mesh {mesh_id}: HTTP {error.status}"]
            server = None
        self._servers[mesh_id] = server or self._default_server
        return []

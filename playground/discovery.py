"""The REST side of the mesh platform: which meshes there are for whom, and where they are.

Owns `GET /meshes/self` and `GET /meshes/{id}`.  Called by the supervisor's discovery.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from aiohttp import web

from meshvisor.playground.admission import Refusal
from meshvisor.playground.rest import error, turned_away
from meshvisor.playground.room import KINDS, Room
from meshvisor.playground.upgrade_handler import may_enter, refuse
from meshvisor.playground.world import World

PAGE: Final = 20
"""Meshes on a page when the request does not say."""
LARGEST_PAGE: Final = 100
_YES: Final = {"true", "1"}
_NO: Final = {"false", "0", ""}


class BadQueryError(ValueError):
    """A query parameter is wrong; the client corrects it."""


class Discovery:
    """The handlers of the REST addresses."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        return [web.get("/meshes/self", self._list), web.get("/meshes/{id}", self._show)]

    async def _list(self, request: web.Request) -> web.StreamResponse:
        """Answer with one page of meshes; `paging.next` is the `cursor` of the next, or null."""
        if (refusal := await self._refusal(request)) is not None:
            return refuse(refusal)
        try:
            wanted = _kinds(request)
            limit = _limit(request)
            after = decode_cursor(request.query.get("cursor"))
        except BadQueryError as wrong:
            return error(400, str(wrong))
        numbered = [
            (number, room)
            for number, room in enumerate(self._world.rooms.values(), 1)
            if number > after and not room.faults.gone and room.kinds & wanted
        ]
        page = numbered[:limit]
        following = encode_cursor(page[-1][0]) if len(numbered) > limit else None
        meshes = [self._entry(request, room) for _, room in page]
        return web.json_response({"data": meshes, "paging": {"next": following}})

    async def _show(self, request: web.Request) -> web.StreamResponse:
        """Answer with one mesh."""
        if (refusal := await self._refusal(request)) is not None:
            return refuse(refusal)
        if (room := self._world.find(request.match_info["id"])) is None:
            return error(404, "there is no such mesh")
        mesh = {"id": room.name, "server": _server(request), "users": _users(room)}
        return web.json_response({"data": mesh})

    async def _refusal(self, request: web.Request) -> Refusal | None:
        if not may_enter(request, self._world):
            return Refusal(401, "the Authorization header is missing or wrong")
        return await turned_away(request, self._world)

    def _entry(self, request: web.Request, room: Room) -> dict[str, Any]:
        mesh = {"id": room.name, "server": _server(request)}
        return {"mesh": mesh, "users": _users(room)}


def encode_cursor(number: int) -> str:
    """Return the cursor that continues after the mesh with this number.

    Meshes are numbered in the order in which they were opened and keep their number, so a page
    neither repeats nor skips one when others open or end in between.
    """
    return base64.urlsafe_b64encode(f"after:{number}".encode()).decode()


def decode_cursor(cursor: str | None) -> int:
    """Return the number in a cursor; 0 for none.

    Raises:
        BadQueryError: it is not one of ours.
    """
    if not cursor:
        return 0
    try:
        label, _, number = base64.urlsafe_b64decode(cursor).decode().partition(":")
        if label == "after" and number.isascii() and number.isdecimal():
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise BadQueryError("cursor is none that this server has given out")


def _kinds(request: web.Request) -> frozenset[str]:
    """Return the kinds that the flags ask for; all when no flag is given."""
    given = {kind: request.query[kind].lower() for kind in KINDS if kind in request.query}
    for kind, value in given.items():
        if value not in _YES | _NO:
            raise BadQueryError(f"{kind} must be true or false, not {value[:20]!r}")
    return frozenset(kind for kind, value in given.items() if value in _YES) if given else KINDS


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", str(PAGE))
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= LARGEST_PAGE):
        raise BadQueryError(f"limit must be 1 to {LARGEST_PAGE}, not {text[:20]!r}")
    return int(text)


def _users(room: Room) -> list[dict[str, Any]]:
    return [user.to_data() for user in room.users]


def _server(request: web.Request) -> str:
    # As the client sees this server, which may listen on 0.0.0.0.
    return f"ws://{request.host}"

"""The JSON of a mesh platform's REST API, read without trust (docs: `GET /meshes/self`).

Owns the shapes.  Does not own asking (`supervisor.platform.json_api`) nor what follows from an
answer (`rest`).

    GET /meshes/self   {"data": [{"mesh": {"id", "server"?}, …}], "paging": {"next": cursor?}}
    GET /meshes/{id}   {"data": {"id", "server"?, …}}

One entry that is wrong costs only itself; an answer that is wrong as a whole is a `ShapeError`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, TypeVar

import msgspec
from pydantic import TypeAdapter, ValidationError

from meshvisor.shared.model.mesh_id import check_mesh_id
from meshvisor.shared.settings.values import WebSocketAddress

_T = TypeVar("_T")

SLICE: Final = 200
"""Entries that are read in one turn of the loop, which takes a millisecond or two.  A server may
send more than it was asked for, as many as fit into an answer."""

LONGEST_CURSOR: Final = 4096
"""Characters; servers take request lines of 8 KiB, and a sign may become three in it."""


@cache
def _address() -> TypeAdapter[str]:
    # Not at each start: it is for platforms that tell of servers.
    return TypeAdapter(WebSocketAddress)


class ShapeError(ValueError):
    """JSON is not what it should be; the message says what is, to follow "it answers with"."""


class Entry(msgspec.Struct, frozen=True):
    """One mesh of a listing."""

    mesh_id: str
    server: str | None
    """None: the listing does not say."""


class Page(msgspec.Struct, frozen=True):
    """One page of a listing."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...]
    """A phrase for each entry that was left out."""
    next: str | None
    """The cursor of the page that follows; None: this is the last."""


def slices(body: object) -> Iterator[object]:
    """Yield a page in pieces of a few entries, each a page of its own; at least one."""
    data = _field(body, "data", list)
    if data is None or not isinstance(body, dict):
        yield body
        return
    for start in range(0, len(data) or 1, SLICE):
        yield {**body, "data": data[start : start + SLICE]}


def read_page(body: object, first: int = 1) -> Page:
    """Read a page of `GET /meshes/self`.

    Args:
        body: the JSON.
        first: what its first entry is called in `problems`.

    Raises:
        ShapeError: it is none.
    """
    data = _field(body, "data", list)
    if data is None:
        raise ShapeError('JSON without a list "data"')
    entries, problems = [], []
    for number, item in enumerate(data, first):
        try:
            entries.append(_entry(item))
        except ValueError as error:
            problems.append(f"entry {number}: {error}")
    return Page(tuple(entries), tuple(problems), _next(body))


def read_server(body: object) -> str | None:
    """Read the server from an answer to `GET /meshes/{id}`; None: it does not say.

    Raises:
        ShapeError: it is no such answer.
    """
    data = _field(body, "data", dict)
    if data is None:
        raise ShapeError('JSON without an object "data"')
    return _server(data)


# ---- Parts ---------------------------------------------------------------------------------------


def _entry(item: object) -> Entry:
    mesh = _field(item, "mesh", dict)
    if mesh is None:
        raise ShapeError('there is no object "mesh"')
    return Entry(check_mesh_id(mesh.get("id")), _server(mesh))


def _server(mesh: Mapping[str, object]) -> str | None:
    server = mesh.get("server")
    if server is None or server == "":
        return None
    try:
        return _address().validate_python(server)
    except ValidationError:
        raise ShapeError(f"{server!r:.80} is no WebSocket address") from None


def _next(body: object) -> str | None:
    paging = body.get("paging") if isinstance(body, dict) else None
    if paging is None:
        return None
    if isinstance(paging, dict):
        following = paging.get("next")
        if following is None or following == "":
            return None
        # Not bool, which is an int too; and it has to fit into the line of the next request.
        if type(following) in {str, int} and len(str(following)) <= LONGEST_CURSOR:
            return str(following)
    # Taking it for the last page would make every mesh on the others look gone.
    raise ShapeError('JSON whose "paging" has no usable "next"')


def _field(body: object, name: str, kind: type[_T]) -> _T | None:
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, kind) else None

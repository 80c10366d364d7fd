"""Whether a client may do what it asks for, and asking the supervisor in its name.

Owns reading the session or the token of a request, and the refusals.  Does not own sessions and
tokens (`identity`), nor what each route takes (`routing`).
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Request

from meshvisor.console import wordings as say
from meshvisor.console.control import Control, Fresh
from meshvisor.console.database import Database
from meshvisor.console.guard import SAFE
from meshvisor.console.identity import Authenticator, Identity, csrf_token
from meshvisor.console.options import ConsoleOptions
from meshvisor.console.problem import ProblemError, of_error
from meshvisor.console.stream import EventHub
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.paths import Home

COOKIE: Final = "meshvisor_session"
"""How the names of the cookies of sessions begin; see `Console.cookie`."""

CSRF_HEADER: Final = "X-CSRF-Token"

_BEARER: Final = "bearer "

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Console:
    """What the routes of a console share; `request.app.state.console`."""

    home: Home
    options: ConsoleOptions
    control: Control
    database: Database
    authenticator: Authenticator
    hub: EventHub
    status: Fresh
    """The answer of `status`, asked for once for all who want it in the same moment."""
    clock: Callable[[], float] = time.monotonic
    """Monotonic seconds, by which streams are ended that their readers may read no more."""

    @property
    def cookie(self) -> str:
        """The name of the cookie of sessions.

        Browsers send a cookie to every port of a host: without the home in its name two consoles on
        one machine would sign people out of each other.
        """
        return f"{COOKIE}_{hashlib.sha256(bytes(self.home.root)).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and the parts of the console in their name."""

    identity: Identity
    console: Console
    once: str | None = None
    """The `Idempotency-Key` of the request; None: it has none."""

    async def ask(self, kind: str, *, timeout: float | None = None, **arguments: Any) -> Any:
        """Ask the supervisor and return the result.

        Args:
            kind: the request's `type`.
            timeout: seconds to wait for the answer; None: as usual.
            arguments: the request's other fields.

        Raises:
            ProblemError: it refuses, fails, or is not there.
        """
        if timeout is not None:
            arguments["timeout"] = timeout
        if self.once is not None:
            arguments["once"] = self.once
        try:
            return await self.console.control.request(kind, actor=self.identity.actor, **arguments)
        except MeshvisorError as error:
            raise of_error(error) from None

    async def look(self, question: Hashable, work: Callable[[sqlite3.Connection], T]) -> T:
        """Read the database, without the supervisor; see `Database.share`.

        Raises:
            ProblemError: it cannot be read, or `work` finds that there is no such thing.
        """
        try:
            return await self.console.database.share(question, work)
        except MeshvisorError as error:
            raise of_error(error) from None

    async def status(self) -> dict[str, Any]:
        """Return what `meshvisor status --json` prints, as of half a second ago at most.

        Raises:
            ProblemError: the supervisor is not there.
        """
        try:
            status: dict[str, Any] = await self.console.status.get()
        except MeshvisorError as error:
            raise of_error(error) from None
        return status

    async def follow(self, kind: str, **arguments: Any) -> AsyncGenerator[dict[str, Any], None]:
        """Ask the supervisor and yield the events of the answer.

        Raises:
            ProblemError: it refuses, fails, or is not there.
        """
        stream = self.console.control.stream(kind, actor=self.identity.actor, **arguments)
        try:
            async with aclosing(stream) as events:
                async for event in events:
                    yield event
        except MeshvisorError as error:
            raise of_error(error) from None

    def check(self, scope: str) -> None:
        """Refuse what takes a scope beyond that of the route.

        Raises:
            ProblemError: they do not have it.
        """
        if not self.identity.may(scope):
            raise forbidden(self.identity, scope)


def console_of(request: Request) -> Console:
    """Return what the routes share."""
    console: Console = request.app.state.console
    return console


def caller_of(request: Request) -> Caller:
    """Return who asks, which `authorize` has found out."""
    caller: Caller = request.state.caller
    return caller


Asking = Annotated[Caller, Depends(caller_of)]
"""The parameter of a route through which it asks the supervisor."""

Shared = Annotated[Console, Depends(console_of)]
"""The parameter of a public route."""


async def identify(request: Request) -> Identity | None:
    """Return who asks; None: an unknown client.

    Raises:
        ProblemError: a change without the token of its session.
    """
    authenticator = console_of(request).authenticator
    header = request.headers.get("authorization", "")
    if header.lower().startswith(_BEARER):
        return await authenticator.of_token(header[len(_BEARER) :].strip())
    session = request.cookies.get(console_of(request).cookie)
    if not session:
        return None
    identity = await authenticator.of_session(session)
    is_change = request.method not in SAFE
    if identity and is_change and request.headers.get(CSRF_HEADER) != csrf_token(session):
        raise ProblemError(403, say.NO_CSRF.said(header=CSRF_HEADER))
    return identity


async def authorize(request: Request, scope: str) -> None:
    """Let a request in that may do what `scope` says.

    Raises:
        ProblemError: the client is not signed in (401), or may not (403).
    """
    try:
        identity = await identify(request)
    except MeshvisorError as error:
        raise of_error(error) from None
    if identity is None:
        raise ProblemError(
            401,
            say.SIGNED_OUT.said(),
            {"WWW-Authenticate": "Bearer"},
        )
    if scope and not identity.may(scope):
        raise forbidden(identity, scope)
    request.state.scope = scope
    request.state.caller = Caller(identity, console_of(request))


async def still_may(request: Request) -> bool:
    """Return whether the client of a request that was let in would be let in now."""
    identity = await identify(request)
    scope: str = request.state.scope
    return identity is not None and (not scope or identity.may(scope))


def forbidden(identity: Identity, scope: str) -> ProblemError:
    """Return the refusal that says which scope is missing."""
    held = ", ".join(identity.scopes) or "nothing"
    return ProblemError(403, say.NO_SCOPE.said(scope=scope, name=identity.name, held=held))

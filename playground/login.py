"""Logging in with a magic link, as a mesh platform does it; the link is handed out right here.

Owns the addresses and their JSON (docs/login.md has the shapes).  Does not own what is valid
(`accounts`) nor the page behind a link (`login_page`).

    POST /auth/link      {email, deviceId}                       → id, expiresIn, link
    GET  /auth/click/…                                           → a page for people
    GET  /auth/status    ?id=                                    → state, jwt
    POST /auth/session   {jwt}                                   → parseId, sessionToken
    POST /auth/login     {parseId, parseToken, deviceId, ssaid}  → token
    GET  /users/self     with the token                          → id, handle
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from meshvisor.playground.accounts import (
    CLICK,
    AddressError,
    LinkState,
    TooManyLinksError,
    link_address,
)
from meshvisor.playground.login_page import page_of
from meshvisor.playground.rest import bearer, error, turned_away
from meshvisor.playground.world import World
from meshvisor.shared.foreign_json import ForeignJsonError, decode

RouteHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadRequestError(ValueError):
    """The body of a request is wrong; the message is a sentence for the client."""


class LoginAddresses:
    """The handlers of everything that has to do with logging in."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._accounts = world.accounts

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        return [
            web.post("/auth/link", self._guarded(self._send_link)),
            # Without HEAD, by which programs look at links that were not clicked.
            web.get(CLICK + "/{token}", self._click, allow_head=False),
            web.get("/auth/status", self._guarded(self._status)),
            web.post("/auth/session", self._guarded(self._open_session)),
            web.post("/auth/login", self._guarded(self._log_in)),
            web.get("/users/self", self._guarded(self._self)),
        ]

    # ---- Links -------------------------------------------------------------------------------

    async def _send_link(self, request: web.Request) -> web.Response:
        email, _ = await _texts(request, "email", "deviceId")
        link = self._accounts.send_link(email)
        address = link_address(f"{request.scheme}://{request.host}", link)
        minutes = round(self._accounts.seconds_left(link) / 60)
        self._world.options.say(f"Link for {email}, good for {minutes} minutes: {address}")
        self._world.watch.changed()
        left = round(self._accounts.seconds_left(link))
        return _data({"id": link.id, "expiresIn": left, "link": address})

    async def _click(self, request: web.Request) -> web.Response:
        # Not signed: the client is a person with a browser.
        link = self._accounts.link_at(request.match_info["token"])
        done = link is not None and self._accounts.click(link)
        self._world.watch.changed()
        return page_of(link, clicked_now=done)

    async def _status(self, request: web.Request) -> web.Response:
        link = self._accounts.link(request.query.get("id", ""))
        if link is None:
            return error(404, "there is no such link")
        if link.state is LinkState.AUTHENTICATED:
            return _data({"state": link.state.value, "jwt": link.jwt})
        return _data({"state": link.state.value})

    # ---- Sessions and tokens -----------------------------------------------------------------

    async def _open_session(self, request: web.Request) -> web.Response:
        [jwt] = await _texts(request, "jwt")
        if (opened := self._accounts.open_session(jwt)) is None:
            return error(401, "no link was clicked for this")
        user, session = opened
        return _data({"parseId": user.parse_id, "sessionToken": f"r:{session}"})

    async def _log_in(self, request: web.Request) -> web.Response:
        parse_id, session, *_ = await _texts(request, "parseId", "parseToken", "deviceId", "ssaid")
        if (token := self._accounts.log_in(parse_id, session)) is None:
            return error(401, "there is no such session, or it has ended")
        return _data({"token": f"r:{token}"})

    async def _self(self, request: web.Request) -> web.Response:
        if (user := self._accounts.user_of(bearer(request))) is None:
            return error(401, "the Authorization header is missing or wrong")
        return _data({"id": user.id, "handle": user.handle})

    def _guarded(self, handler: RouteHandler) -> RouteHandler:
        """Return a handler that turns away whom it has to, and says what is wrong with a body."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if (refusal := await turned_away(request, self._world)) is not None:
                return error(refusal.status, refusal.reason)
            try:
                return await handler(request)
            except (BadRequestError, AddressError) as wrong:
                return error(400, str(wrong))
            except TooManyLinksError as many:
                return error(429, str(many), {"Retry-After": str(many.wait)})

        return handle


def _data(content: dict[str, object]) -> web.Response:
    return web.json_response({"data": content})


async def _texts(request: web.Request, *names: str) -> list[str]:
    """Return the values of these names in the body, all of them texts with something in them."""
    try:
        body = decode(await request.read())
    except ForeignJsonError:
        raise BadRequestError("the body must be JSON") from None
    if not isinstance(body, dict):
        raise BadRequestError("the body must be a JSON object")
    for name in names:
        if not isinstance(body.get(name), str) or not body[name]:
            raise BadRequestError(f"{name} must be a text that is not empty")
    return [body[name] for name in names]

"""How a feature declares its routes: `Feature.routes` names a `FeatureRoutes`.

    ROUTES: Final = FeatureRoutes("blocklist")

    @ROUTES.post("/blocks", "operate", result=BlockOutcome)
    async def block(caller: Asking, body: BlockBody) -> Any:
        \"\"\"Stop a mesh and keep it from being started.\"\"\"
        return await caller.ask("block", **body.model_dump())

Owns the contract: where the routes are, that each says which scope it takes, that nothing of a
request is read before that is checked, and how a result becomes an answer.  What a result is made
of is documented from the models of the control socket's results.
"""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from meshvisor.console.access import authorize, caller_of, console_of, still_may
from meshvisor.console.requests import (
    IDEMPOTENCY_KEY,
    check_body,
    check_query,
    idempotency_key,
    query_names,
)
from meshvisor.console.stream import while_allowed

PREFIX: Final = "/api/v1"

SCOPE: Final = "x-scope"
"""Where the OpenAPI document says which scope an operation takes; empty: any that is signed in."""

PUBLIC: Final = "public"
"""In place of a level: no sign-in is needed."""

SIGNED_IN: Final = "signed in"
"""In place of a level: any scope will do."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Any]])


class ScopedRoute(APIRoute):
    """A route that checks who asks, and what the request is made of, before anything is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()
        scope = (self.openapi_extra or {}).get(SCOPE)
        names = query_names(self.dependant)
        has_body = self.body_field is not None
        # One that has a parameter of this name keeps it for longer than the supervisor runs.
        own = {field.alias for field in self.dependant.header_params}
        may_be_named = "POST" in (self.methods or ()) and IDEMPOTENCY_KEY not in own

        async def checked(request: Request) -> Response:
            if scope is not None:
                await authorize(request, scope)
                if may_be_named:
                    caller = caller_of(request)
                    request.state.caller = replace(caller, once=idempotency_key(request))
            check_query(request, names)
            if has_body:
                await check_body(request)
            return await handle(request)

        return checked


class FeatureRoutes:
    """The routes of one area.

    Args:
        area: what its scopes are about, and its part of the path: usually the feature.
        prefix: the path before each of its own; None: `/api/v1/<area>`.
        about: one sentence for the documentation.
    """

    def __init__(self, area: str, *, prefix: str | None = None, about: str = "") -> None:
        self.area: Final = area
        self.about: Final = about
        self.router: Final = APIRouter(
            prefix=f"{PREFIX}/{area}" if prefix is None else prefix,
            route_class=ScopedRoute,
            tags=[area],
        )

    def get(self, path: str, level: str, **how: Any) -> Callable[[Endpoint], Endpoint]:
        """Serve GET; see `route`."""
        return self.route("GET", path, level, **how)

    def post(self, path: str, level: str, **how: Any) -> Callable[[Endpoint], Endpoint]:
        """Serve POST; see `route`."""
        return self.route("POST", path, level, **how)

    def put(self, path: str, level: str, **how: Any) -> Callable[[Endpoint], Endpoint]:
        """Serve PUT; see `route`."""
        return self.route("PUT", path, level, **how)

    def patch(self, path: str, level: str, **how: Any) -> Callable[[Endpoint], Endpoint]:
        """Serve PATCH; see `route`."""
        return self.route("PATCH", path, level, **how)

    def delete(self, path: str, level: str, **how: Any) -> Callable[[Endpoint], Endpoint]:
        """Serve DELETE; see `route`."""
        return self.route("DELETE", path, level, **how)

    def route(
        self,
        method: str,
        path: str,
        level: str,
        *,
        result: type[BaseModel] | None = None,
        status: int = 200,
        **documentation: Any,
    ) -> Callable[[Endpoint], Endpoint]:
        """Serve an operation: what the function returns is sent as JSON.

        Its docstring becomes the documentation.

        Args:
            method: of HTTP.
            path: below the prefix.
            level: of `shared.scopes`, or a whole scope of another area; `PUBLIC`, `SIGNED_IN`.
            result: the shape of what is returned, for the documentation; None: nothing is, or the
                function returns a response and `documentation` describes it.
            status: of HTTP when it was done.
            documentation: more for `APIRouter.add_api_route`.
        """

        def add(endpoint: Endpoint) -> Endpoint:
            extra: dict[str, Any] = dict(documentation.pop("openapi_extra", {}))
            if level != PUBLIC:
                extra[SCOPE] = self._scope(level)
            responses = dict(documentation.pop("responses", {}))
            if result is not None:
                described = {"model": result, "description": _first_line(result)}
                responses[status] = {**described, **responses.get(status, {})}
            else:
                # Whatever it is, it is not the JSON that would be documented otherwise.
                documentation.setdefault("response_class", Response)
            self.router.add_api_route(
                path,
                _answering(endpoint, status),
                methods=[method],
                status_code=status,
                response_model=None,
                responses=responses,
                openapi_extra=extra,
                operation_id=documentation.pop("operation_id", endpoint.__name__),
                summary=documentation.pop("summary", _first_line(endpoint)),
                **documentation,
            )
            return endpoint

        return add

    def _scope(self, level: str) -> str:
        if level == SIGNED_IN:
            return ""
        return level if ":" in level else f"{self.area}:{level}"


def as_json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer with JSON, or with nothing where the status says so."""
    if status == 204:
        return Response(status_code=status, headers=headers)
    # Not validated again: the supervisor has made it from the model that documents it.
    body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, status, headers, "application/json")


def as_json_text(text: bytes) -> Response:
    """Return an answer with JSON that is written already."""
    return Response(text, 200, None, "application/json")


def event_stream(request: Request, events: AsyncGenerator[bytes, None]) -> Response:
    """Return an answer of server-sent events, which ends when the client may not read them."""
    allowed = while_allowed(
        events, functools.partial(still_may, request), console_of(request).clock
    )
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(allowed, 200, headers, "text/event-stream; charset=utf-8")


# Private


def _answering(endpoint: Callable[..., Awaitable[Any]], status: int) -> Callable[..., Any]:
    @functools.wraps(endpoint)
    async def answer(*arguments: Any, **named: Any) -> Response:
        result = await endpoint(*arguments, **named)
        return result if isinstance(result, Response) else as_json(result, status)

    return answer


def _first_line(documented: Any) -> str:
    return (documented.__doc__ or "").strip().partition("\n")[0].rstrip(".")

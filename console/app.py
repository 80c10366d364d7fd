"""What the console serves: the routes of the kernel and of all features, then the web pages.

Owns the composition and the wording of errors that no route has.  Does not own the process
(`__main__`), nor any route.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp

from meshvisor.console import openapi
from meshvisor.console import wordings as say
from meshvisor.console.access import Console
from meshvisor.console.control import Control
from meshvisor.console.database import Database
from meshvisor.console.guard import Guard
from meshvisor.console.identity import Authenticator, Closed
from meshvisor.console.options import ConsoleOptions
from meshvisor.console.problem import FieldProblem, ProblemError, of_error
from meshvisor.console.routes import KERNEL
from meshvisor.console.routing import FeatureRoutes
from meshvisor.console.static_files import StaticFiles
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.feature import parts
from meshvisor.shared.version import VERSION

log = logging.getLogger(__name__)


def make_app(console: Console, routes: Iterable[FeatureRoutes] | None = None) -> ASGIApp:
    """Return the application.

    Args:
        console: what its routes share.
        routes: what it serves; None: the routes of the kernel and of all features.
    """
    options = console.options
    app = _api(all_routes() if routes is None else routes)
    app.state.console = console
    # Not mounted: an address of the API that is asked for by another method is no page.
    app.router.default = StaticFiles(options.static)
    names = (options.host, *options.hosts)
    return Guard(app, names, is_secure=options.is_secure, build=console.hub.build)


def describe() -> dict[str, Any]:
    """Return the OpenAPI document of the kernel and of all features."""
    return _api(all_routes()).openapi()


def _api(routes: Iterable[FeatureRoutes]) -> FastAPI:
    app = FastAPI(
        title="Meshvisor",
        version=VERSION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        redirect_slashes=False,
    )
    served = tuple(routes)
    app.state.tags = [{"name": one.area, "description": one.about} for one in served]
    app.state.served = served
    for one in served:
        app.include_router(one.router)
    openapi.install(app)
    _install_handlers(app)
    return app


def all_routes() -> Iterator[FeatureRoutes]:
    """Yield the routes of the kernel, then those of one feature after the other."""
    yield from KERNEL
    for _, routes in parts("routes"):
        if isinstance(routes, FeatureRoutes):
            yield routes
        else:
            yield from routes


def make_authenticator(
    database: Database, control: Control, options: ConsoleOptions
) -> Authenticator:
    """Return what knows the people and programs that use the console."""
    for _, make in parts("authenticator"):
        authenticator: Authenticator = make(database, control, options)
        return authenticator
    return Closed()


# Private


def _install_handlers(app: FastAPI) -> None:
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _wrong)
    app.add_exception_handler(MeshvisorError, _failed)
    app.add_exception_handler(Exception, _crashed)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if not isinstance(error, ProblemError):
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(sorted(_methods(request)))
        error = ProblemError(error.status_code, _sentence(error), headers)
    return error.response()


def _methods(request: Request) -> set[str]:
    """Return the methods that an address takes, of all routes that lead there."""
    found: set[str] = set()
    for served in request.app.state.served:
        for route in served.router.routes:
            if isinstance(route, APIRoute) and route.matches(request.scope)[0] != Match.NONE:
                found |= route.methods or set()
    return found


def _sentence(error: HTTPException) -> str:
    if error.status_code == 404:
        return say.NOTHING_HERE.said()
    if error.status_code == 405:
        return say.NOT_THAT_METHOD.said()
    return str(error.detail).rstrip(".") + "."


async def _wrong(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [_field_problem(details) for details in error.errors()]
    first = problems[0]
    wrong = say.WRONG_FIELD if first.field else say.WRONG_BODY
    said = wrong.said(field=first.field, detail=first.detail)
    return ProblemError(422, said, errors=problems).response()


def _field_problem(details: dict[str, Any]) -> FieldProblem:
    location: Sequence[Any] = details.get("loc", ())
    names = [str(part) for part in location if part not in ("body", "query", "path", "header")]
    code = str(details.get("type", ""))
    if code == "json_invalid":
        return FieldProblem(field="", detail="it is no JSON", code=code)
    message = str(details.get("msg", "it cannot be understood")).removeprefix("Value error, ")
    fields = {
        name: value
        for name, value in details.get("ctx", {}).items()
        if isinstance(value, str | int | float)
    }
    return FieldProblem(
        field=".".join(names), detail=message.rstrip("."), code=code or None, fields=fields
    )


async def _failed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, MeshvisorError)
    return of_error(error).response()


async def _crashed(request: Request, error: Exception) -> Response:
    log.error(
        "%s %s has crashed", request.method, request.url.path, exc_info=error,
        extra={"event": "console.crash"},
    )  # fmt: skip
    return ProblemError(500, say.CRASHED.said()).response()

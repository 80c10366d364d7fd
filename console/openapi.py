"""The OpenAPI document: what the routes say of themselves, and what holds for all of them.

Owns how people sign in, and the refusals that any operation may have.  Made at the first request
for it.  `docs/http.md` is written from it (`console.reference`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from meshvisor.console.access import COOKIE, CSRF_HEADER
from meshvisor.console.problem import Problem, problem_response
from meshvisor.console.requests import IDEMPOTENCY_KEY, LONGEST_KEY, PRINTABLE
from meshvisor.console.routing import SCOPE
from meshvisor.shared.version import VERSION

_ABOUT: Final = """\
Everything that the command line can do, over HTTP.

People sign in with a name and a password and are known by a cookie; with each change they send the
`X-CSRF-Token` that `GET /api/v1/session` tells. Programs send a token that
`meshvisor token add NAME --scopes S1,S2` makes: `Authorization: Bearer TOKEN`.

What an operation takes is its `x-scope`, such as `jobs:operate`; the levels `view`, `operate`,
`edit` and `admin` each hold those before them. Errors are `application/problem+json`, and their
`detail` is the sentence of the command line. Times are ISO 8601 with offset, durations seconds
unless the name says otherwise. Every answer names the version and the pages of the console in
`X-Meshvisor-Build`; a page that reads another one than before is of another version.
"""

_SCHEMES: Final = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Of `POST /api/v1/session`, with the digits of its home behind its name; "
        f"changes need the header `{CSRF_HEADER}`, too.",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "Of `meshvisor token add`."},
}

_REFUSALS: Final = {
    "400": "The request cannot be carried out as it is.",
    "404": "Something that it names is not there.",
    "409": "It cannot be carried out as things are: something is there already, or is missing.",
    "413": "The body is too long.",
    "414": "The address is too long.",
    "421": "The console is not known by this name.",
    "422": "A field is missing or wrong.",
    "503": "The supervisor is not there.",
    "504": "The supervisor does not answer.",
    "507": "There is no room to write; make some, then try again.",
}
_WHEN_SIGNED_IN: Final = {
    "401": "No operator is signed in, and no valid token was sent.",
    "403": "The scope is missing, or the CSRF token of the session.",
}
_KEY: Final = {
    "name": IDEMPOTENCY_KEY,
    "in": "header",
    "required": False,
    "description": "A name of the request: sent again within a day, as long as the supervisor "
    "runs, it is answered as before and not carried out twice.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_KEY,
        "pattern": f"^{PRINTABLE}+$",
    },
}
_WHEN_BODY: Final = {"415": "The body is not sent as JSON."}
_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})


def install(app: FastAPI) -> None:
    """Have an application describe itself so."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign] # as FastAPI's own documentation says


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in _METHODS:
                yield path, method, operation


# Private


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title="Meshvisor", version=VERSION, description=_ABOUT, routes=app.routes, tags=_tags(app)
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    components["securitySchemes"] = _SCHEMES
    for _path, method, operation in operations(document):
        _complete(operation)
        if method == "post" and SCOPE in operation:
            _name(operation)
    return document


def _tags(app: FastAPI) -> list[dict[str, str]]:
    tags: list[dict[str, str]] = app.state.tags
    return tags


def _complete(operation: dict[str, Any]) -> None:
    """Add what all operations have in common."""
    refusals = dict(_REFUSALS)
    if SCOPE in operation:
        refusals.update(_WHEN_SIGNED_IN)
        operation["security"] = [{"session": []}, {"token": []}]
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    if "requestBody" in operation:
        refusals.update(_WHEN_BODY)
    for status, description in refusals.items():
        responses.setdefault(status, problem_response(description))
    operation["responses"] = dict(sorted(responses.items()))


def _name(operation: dict[str, Any]) -> None:
    """Add the header by which a client that has heard nothing may ask again, where it has none."""
    parameters = operation.setdefault("parameters", [])
    if not any(one["name"] == IDEMPOTENCY_KEY for one in parameters):
        parameters.append(_KEY)

"""What goes wrong, as `application/problem+json` (RFC 9457) with the sentences of the command line.

Owns which status an error has.  Does not own the sentences: they are those of the errors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from meshvisor.shared.control.conversation import SilentError
from meshvisor.shared.errors import (
    ConflictError,
    CrashError,
    ForbiddenError,
    FullError,
    MeshvisorError,
    NotRunningError,
    UnknownError,
    UsageError,
)
from meshvisor.shared.wording import Worded, code_of

MEDIA_TYPE: Final = "application/problem+json"

_PLACE: Final = re.compile(r"[a-z_][\w.\[\]]*: ")
"""Where in a document something is wrong, such as `steps[2].with.text: `."""

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

_STATUSES: Final[tuple[tuple[type[MeshvisorError], HTTPStatus], ...]] = (
    (UnknownError, HTTPStatus.NOT_FOUND),
    (ConflictError, HTTPStatus.CONFLICT),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (UsageError, HTTPStatus.BAD_REQUEST),
    (NotRunningError, HTTPStatus.SERVICE_UNAVAILABLE),
    (SilentError, HTTPStatus.GATEWAY_TIMEOUT),
    (FullError, HTTPStatus.INSUFFICIENT_STORAGE),
    (CrashError, HTTPStatus.INTERNAL_SERVER_ERROR),
)
"""The first class that fits; any other error says that it cannot be as things are."""


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str = Field(examples=["priority"])
    detail: str = Field(examples=["Input should be less than or equal to 5"])
    code: str | None = Field(
        None, description="What kind of mistake it is.", examples=["less_than_equal"]
    )
    fields: dict[str, str | int | float | None] = Field(
        default_factory=dict, description="What `detail` fills in.", examples=[{"le": 5}]
    )


class Problem(BaseModel):
    """Why a request was refused or has failed."""

    type: str = Field("about:blank", description="Always the same: `status` says what it is.")
    title: str = Field(description="The status in words.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(
        description="One sentence: what was found, what is allowed, what to do.",
        examples=["There is no job 4711; 'meshvisor jobs list' shows those there are."],
    )
    code: str | None = Field(
        None,
        description="What has happened, for programs; null, or missing: nothing that has a name.",
        examples=["jobs.unknown"],
    )
    fields: dict[str, str | int | float | None] = Field(
        default_factory=dict,
        description="What `detail` fills in, so that it can be said in another language.",
        examples=[{"job_id": 4711}],
    )
    errors: list[FieldProblem] = Field(
        default_factory=list, description="Of a request that cannot be understood, field by field."
    )


class ProblemError(HTTPException):
    """Ends a request with a problem.

    Args:
        status: the HTTP status.
        detail: one sentence.
        headers: more headers of the answer.
        errors: what is wrong, field by field.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] = _NOTHING,
        errors: Iterable[FieldProblem] = (),
    ) -> None:
        super().__init__(status, detail, dict(headers))
        self.errors = tuple(errors)

    def response(self) -> Response:
        """Return the answer."""
        return Response(self.body(), self.status_code, self.headers, MEDIA_TYPE)

    def body(self) -> bytes:
        """Return the JSON of the answer."""
        content: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status_code).phrase,
            "status": self.status_code,
            "detail": self.detail,
        }
        content.update(code_of(self.detail))
        if self.errors:
            content["errors"] = [error.model_dump() for error in self.errors]
        return json.dumps(content).encode()


def problem_response(description: str) -> dict[str, Any]:
    """Return the OpenAPI description of a refusal."""
    reference = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": reference}}}


def of_error(error: MeshvisorError) -> ProblemError:
    """Return the problem that an error of the supervisor is."""
    status = _status(error)
    headers = {"Retry-After": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return ProblemError(status, sentence(error.worded or str(error)), headers)


def sentence(text: str) -> str:
    """Return a sentence of the command line, which may follow a colon there, as one by itself."""
    whole = text if _begins_with_a_name(text) else text[:1].upper() + text[1:]
    if not whole.endswith((".", "!", "?", ")", ":")) and "\n" not in whole:
        whole += "."
    return Worded(whole, text.code, text.fields) if isinstance(text, Worded) else whole


# Private


def _begins_with_a_name(text: str) -> bool:
    """Return whether a sentence begins with what it fills in, which stays as it is written."""
    if _PLACE.match(text):
        return True
    return isinstance(text, Worded) and any(
        isinstance(value, str) and value and text.startswith(value)
        for value in text.fields.values()
    )


def _status(error: MeshvisorError) -> HTTPStatus:
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return status
    return HTTPStatus.CONFLICT

"""Two people who edit the same thing: `ETag` names what was seen, `If-Match` what may be changed.

Owns the names and the refusal.  The check is right before the change and no part of its
transaction, so that of two changes in the same millisecond both may be done.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Header
from starlette.responses import Response

from meshvisor.console.problem import ProblemError, problem_response
from meshvisor.console.routing import as_json

CHANGED: Final = {412: problem_response("It was changed since it was seen.")}
"""The refusal, for the documentation of a route."""


def etag(content: Any) -> str:
    """Return the entity tag of a content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]}"'


def with_etag(content: Any, tag: str, status: int = 200) -> Response:
    """Return an answer that says its name."""
    return as_json(content, status, {"ETag": tag})


@dataclass(frozen=True, slots=True)
class Condition:
    """What a client has seen of what it wants to change."""

    tags: str

    def check(self, tag: str) -> None:
        """Refuse a change of what is not as it was seen.

        Raises:
            ProblemError: with status 412.
        """
        seen = [one.strip().removeprefix("W/") for one in self.tags.split(",")]
        if "*" not in seen and tag not in seen:
            raise ProblemError(
                412, "It was changed meanwhile; look at it again, then decide whose holds."
            )


def _condition(
    if_match: Annotated[
        str | None, Header(max_length=1000, description="The `ETag` of what was seen.")
    ] = None,
) -> Condition | None:
    return None if if_match is None else Condition(if_match)


Precondition = Annotated[Condition | None, Depends(_condition)]
"""The parameter of a route that changes what people edit; None: whatever it is now."""

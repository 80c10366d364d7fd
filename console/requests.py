"""What a request may be made of, before anything of it is read.

Owns two refusals that hold for every route: a parameter of the query that its address does not
have, which would be passed over without a word, and a body that is no JSON.  Does not own what
parameters and bodies hold (`fields`, and each route).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from fastapi.dependencies.models import Dependant
from pydantic import BaseModel
from starlette.requests import Request

from meshvisor.console import wordings as say
from meshvisor.console.problem import FieldProblem, ProblemError
from meshvisor.shared.near_names import LOOSE, NEAREST, did_you_mean, near_names

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
LONGEST_KEY: Final = 200
"""Characters."""

PRINTABLE: Final = "[!-~]"
"""A character of one; blanks around a header belong to none."""

LONGEST_SHOWN: Final = 64
"""Characters of a wrong name that an answer repeats."""

MOST_SHOWN: Final = 12
"""Names that a refusal lists where none is near."""

_UNKNOWN: Final = "extra_forbidden"
"""What pydantic calls an unknown field."""


def query_names(dependant: Dependant) -> tuple[str, ...]:
    """Return the parameters that the query of an address may have."""
    return tuple(dict.fromkeys(_query_names(dependant)))


def check_query(request: Request, known: Sequence[str]) -> None:
    """Refuse a request whose query has a parameter that its address does not have.

    Raises:
        ProblemError: with the nearest names that there are.
    """
    for name in request.query_params:
        if name not in known:
            raise _no_parameter(name[:LONGEST_SHOWN], known)


def idempotency_key(request: Request) -> str | None:
    """Return under which name what is asked is done once; None: whenever it is asked.

    Raises:
        ProblemError: it is none.
    """
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None or re.fullmatch(f"{PRINTABLE}{{1,{LONGEST_KEY}}}", key):
        return key
    raise ProblemError(422, say.WRONG_KEY.said(most=LONGEST_KEY))


async def check_body(request: Request) -> None:
    """Refuse a body that does not say that it is JSON.

    Raises:
        ProblemError: with what it says to be.
    """
    headers = request.headers
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return  # there is none, which its route may or may not mind
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        # Read all the same: one that is too long is refused for that, and its sender hears it.
        await request.body()
        raise ProblemError(415, say.NO_JSON.said(found=kind[:LONGEST_SHOWN] or "of no type"))


# Private


def _query_names(dependant: Dependant) -> Iterator[str]:
    for used in dependant.dependencies:
        yield from _query_names(used)
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (one.alias or name for name, one in kind.model_fields.items())
        else:
            yield field.alias


def _no_parameter(name: str, known: Sequence[str]) -> ProblemError:
    hint = did_you_mean(near_names(name, known, NEAREST, LOOSE))
    if not hint and known:
        hint = say.PARAMETERS(names=", ".join(known[:MOST_SHOWN]))
    said = say.NO_PARAMETER.said(name=name, hint=hint or say.NO_PARAMETERS())
    mistake = FieldProblem(field=name, detail=str(said).rstrip("."), code=_UNKNOWN)
    return ProblemError(422, said, errors=(mistake,))

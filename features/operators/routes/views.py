"""`/api/v1/views`: filters of pages that one has given a name."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body
from meshvisor.console.problem import ProblemError
from meshvisor.console.routing import SIGNED_IN, FeatureRoutes
from meshvisor.features.operators.results import ViewList

ROUTES: Final = FeatureRoutes("views", about="Filters of pages that one has given a name.")

PATH: Final = r"^/[a-z0-9/-]{0,99}$"
PRINTABLE: Final = r"^[^\x00-\x1f\x7f]+$"
LONGEST_NAME: Final = 64
LONGEST_SEARCH: Final = 2000


class NewView(Body):
    """Filters of a page."""

    page: Annotated[str, Field(pattern=PATH, examples=["/jobs"])]
    name: Annotated[
        str, Field(min_length=1, max_length=LONGEST_NAME, pattern=PRINTABLE, examples=["Failed"])
    ]
    search: str = Field(
        max_length=LONGEST_SEARCH,
        description="The query of its address, without the question mark.",
        examples=["status=failed"],
    )


@ROUTES.get("", SIGNED_IN, result=ViewList)
async def list_views(caller: Asking) -> Any:
    """List one's own views, by page and name."""
    if caller.identity.session_id is None:
        return {"views": []}
    return await caller.ask("operators_views", operator=caller.identity.name)


@ROUTES.put("", SIGNED_IN, result=ViewList)
async def keep_view(caller: Asking, body: NewView) -> Any:
    """Keep filters of a page under a name, in place of those that have it; answers with all."""
    return await caller.ask("operators_keep_view", operator=_operator(caller), **body.model_dump())


@ROUTES.delete("", SIGNED_IN, result=ViewList)
async def forget_view(
    caller: Asking,
    page: Annotated[str, Query(pattern=PATH, examples=["/jobs"])],
    name: Annotated[
        str, Query(min_length=1, max_length=LONGEST_NAME, pattern=PRINTABLE, examples=["Failed"])
    ],
) -> Any:
    """Forget filters of a page; answers with the others."""
    operator = _operator(caller)
    return await caller.ask("operators_forget_view", operator=operator, page=page, name=name)


def _operator(caller: Asking) -> str:
    """Return whose views are meant.

    Raises:
        ProblemError: a token has none.
    """
    if caller.identity.session_id is None:
        raise ProblemError(400, "A token has no views; sign in as an operator.")
    return caller.identity.name

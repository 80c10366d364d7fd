"""Requests about views of pages."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from meshvisor.features.operators.requests.fields import Name
from meshvisor.features.operators.results import View, ViewList
from meshvisor.features.operators.supervisor.views import Views
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

PagePath = Annotated[str, Field(pattern=r"^/[a-z0-9/-]{0,99}$")]
ViewName = Annotated[str, Field(min_length=1, max_length=64)]
LONGEST_SEARCH: Final = 2000


class ListViews(Request):
    """Views of an operator."""

    type: Literal["operators_views"] = "operators_views"
    operator: Name


@handles(ListViews)
async def list_views(request: ListViews, call: Call) -> ViewList:
    """Return them."""
    return await call.need(Views).list_views(request.operator)


class KeepView(Request):
    """Keep filters of a page under a name."""

    type: Literal["operators_keep_view"] = "operators_keep_view"
    operator: Name
    page: PagePath
    name: ViewName
    search: str = Field(max_length=LONGEST_SEARCH)


@handles(KeepView)
async def keep_view(request: KeepView, call: Call) -> ViewList:
    """Keep them."""
    view = View(page=request.page, name=request.name, search=request.search)
    return await call.need(Views).keep(request.operator, view)


class ForgetView(Request):
    """Forget filters of a page."""

    type: Literal["operators_forget_view"] = "operators_forget_view"
    operator: Name
    page: PagePath
    name: ViewName


@handles(ForgetView)
async def forget_view(request: ForgetView, call: Call) -> ViewList:
    """Forget them."""
    return await call.need(Views).forget(request.operator, request.page, request.name)


HANDLERS: Final[tuple[Handler, ...]] = (list_views, keep_view, forget_view)

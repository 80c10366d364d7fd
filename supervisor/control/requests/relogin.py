"""`relogin`: renew the session and have all bots join their rooms again."""

from __future__ import annotations

from shared.control.messages import Relogin
from shared.control.results import ReloginReport
from supervisor.audit.log import Actor
from supervisor.control.supervisor_api import DirectoryApi


async def handle(_request: Relogin, api: DirectoryApi, actor: Actor) -> ReloginReport:
    """Begin; answered when the session is renewed."""
    return await api.session.relogin(actor)

"""`relogin`: renew the session and have all bots join their rooms again."""

from __future__ import annotations

from meshvisor.shared.control.messages import Relogin
from meshvisor.shared.control.results import ReloginReport
from meshvisor.supervisor.audit.log import Actor
from meshvisor.supervisor.control.supervisor_api import DirectoryApi


async def handle(_request: Relogin, api: DirectoryApi, actor: Actor) -> ReloginReport:
    """Begin; answered when the session is renewed."""
    return await api.session.relogin(actor)

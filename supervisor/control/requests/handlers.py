"""The requests of the kernel."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.control.handling import Handler
from meshvisor.supervisor.control.requests.audit import show_audit
from meshvisor.supervisor.control.requests.events import follow_events, show_events
from meshvisor.supervisor.control.requests.life import reload, show_version, shutdown
from meshvisor.supervisor.control.requests.logs import stream_logs
from meshvisor.supervisor.control.requests.settings import show_settings
from meshvisor.supervisor.control.requests.status import show_status

HANDLERS: Final[tuple[Handler, ...]] = (
    show_status,
    show_version,
    stream_logs,
    show_audit,
    show_events,
    follow_events,
    show_settings,
    reload,
    shutdown,
)

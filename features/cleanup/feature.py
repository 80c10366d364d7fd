"""Cleanup: a verified backup of the database, and then what was kept long enough goes."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="cleanup",
    requires=("access", "jobs", "schedules"),
    settings="settings:SECTIONS",
    events="events:KINDS",
    requests="requests:HANDLERS",
    services="supervisor.services:make",
    actions="processes:ACTIONS",
    schedules="processes:SCHEDULES",
)

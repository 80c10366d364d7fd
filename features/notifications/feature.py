"""Notifications: what happens is sent to people who do not watch, by mail, chat and others."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="notifications",
    requires=("fleet", "jobs", "schedules"),
    settings="settings:SECTIONS",
    migrations="migrations",
    events="events:KINDS",
    requests="requests:HANDLERS",
    offline="supervisor.offline:open_offline",
    services="supervisor.services:make",
    api="worker.api",
    health="health:FIGURES",
    routes="routes.notifications:ROUTES",
    repair="cli.repair:Repair",
    actions="actions:ACTIONS",
    schedules="actions:SCHEDULES",
    commands={"Work": {"notify": "cli.group:notify"}},
    summary="cli.summary:summary",
    checks="cli.doctor:CHECKS",
    habits="cli.habits:HABITS",
)

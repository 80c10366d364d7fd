"""Operators of the console."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="operators",
    migrations="migrations",
    events="events:KINDS",
    requests="requests.handlers:HANDLERS",
    offline="supervisor.offline:open_offline",
    services="supervisor.services:make",
    routes="routes.handlers:ROUTES",
    authenticator="routes.authentication:make",
    commands={
        "Who may do what": {"operators": "cli.operators:operators", "token": "cli.token:token"}
    },
    habits="cli.habits:HABITS",
)

"""Access: the bot's account, admins, permissions and login."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="access",
    settings="settings:SECTIONS",
    migrations="migrations",
    former_migrations=(1, 2, 7),
    events="events:KINDS",
    requests="requests.handlers:HANDLERS",
    offline="supervisor.administration.offline:open_offline",
    services="supervisor.services:make",
    files=("config/credentials.json", "config/database.json"),
    worker="worker.chat",
    routes="routes.access:ROUTES",
    commands={
        "Set up and run": {
            "relogin": "cli.refresh:relogin",
            "credentials": "cli.credentials:credentials",
        },
        "Who may do what": {
            "admin": "cli.admin:admin",
            "perm": "cli.perm:perm",
            "refresh": "cli.refresh:refresh",
        },
    },
    checks="cli.doctor:CHECKS",
    repair="cli.repair:Repair",
    problems="cli.problems:look",
    habits="cli.habits:HABITS",
)

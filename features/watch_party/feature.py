"""Watch-party rooms: the transport that speaks protoo to the servers of a platform.

What is only about them is here: the platform's settings, logging in to it, the meshes that it
lists, and talking in its rooms.
"""

from __future__ import annotations

from typing import Final

from meshvisor.shared.feature import Feature

FEATURE: Final = Feature(
    name="watch_party",
    requires=("access", "fleet"),
    settings="settings:SECTIONS",
    transports="kind:KINDS",
    requests="requests:HANDLERS",
    services="supervisor.services:make",
    commands={
        "Set up and run": {"login": "cli.login_command:login"},
        "Try and talk": {"chat": "cli.chat.command:chat"},
    },
    before={"login": "relogin", "chat": "playground"},
    checks="cli.doctor:CHECKS",
    problems="cli.problems:look",
    setup="cli.setup:SETUP",
    habits="cli.habits:HABITS",
)

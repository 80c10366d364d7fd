"""What the log says about the plug-ins that are loaded."""

from __future__ import annotations

import logging

import pytest

from meshvisor.shared.protocol.zygote import PluginReport
from meshvisor.supervisor.children.spawner import report_loaded


def test_what_a_plugin_has(caplog: pytest.LogCaptureFixture) -> None:
    """Its commands and its actions are named, and not what it has none of."""
    caplog.set_level(logging.INFO)
    report_loaded(
        [
            PluginReport("a.py", ok=True, commands=("greet", "wave")),
            PluginReport("b.py", ok=True, registered={"actions": ({"name": "lookup"},)}),
        ]
    )
    assert [vars(record)["context"] for record in caplog.records] == [
        {"commands": "greet wave"},
        {"actions": "lookup"},
    ]

"""Whose records follow the level that was set."""

from __future__ import annotations

import json
import logging

import pytest

from meshvisor.shared.logs import levels
from meshvisor.shared.logs.levels import LIBRARIES, include, is_wanted

INSTALLED = json.__file__.replace("json", "site-packages/some")


def record(name: str, level: int, path: str = __file__) -> logging.LogRecord:
    """Return a record of a logger."""
    return logging.LogRecord(name, level, path, 1, "said", None, None)


@pytest.mark.parametrize("name", [*LIBRARIES, "pymongo.command", "some", "some.part", "root"])
def test_libraries_are_quiet(name: str) -> None:
    """Below a warning nothing of them is kept, even on request."""
    for level in (logging.DEBUG, logging.INFO):
        assert not is_wanted(record(name, level, INSTALLED))
    assert is_wanted(record(name, logging.WARNING, INSTALLED))


@pytest.mark.parametrize(
    "name", ["meshvisor.supervisor.service", "worker", "meshvisor_plugin_greet", "mine"]
)
def test_our_own_and_plug_ins_speak(name: str) -> None:
    """Our own code does wherever it is installed, and so does code that is not installed."""
    assert is_wanted(record(name, logging.DEBUG))
    assert is_wanted(record("meshvisor.supervisor.service", logging.DEBUG, INSTALLED))


def test_an_installed_plug_in_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that the settings name is a plug-in, no library."""
    monkeypatch.setattr(levels, "_plug_ins", set())
    assert not is_wanted(record("some.part", logging.DEBUG, INSTALLED))
    include("some.plug_in")
    assert is_wanted(record("some.part", logging.DEBUG, INSTALLED))

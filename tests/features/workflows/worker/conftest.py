"""Runners, as for jobs."""

from __future__ import annotations

from tests.worker.conftest import _registries_as_before, playground, running, start_lane

__all__ = ["_registries_as_before", "playground", "running", "start_lane"]

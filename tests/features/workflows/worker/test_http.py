"""Sending the HTTP request of a step, in a real runner."""

from __future__ import annotations

import asyncio

import pytest

from meshvisor.features.workflows.worker.http import send
from tests.features.jobs.built_in_actions import set_built_in
from tests.worker.conftest import StartLane


async def test_the_time_of_the_step_is_that_of_the_request(
    start_lane: StartLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is not answered within it has failed, and says so."""
    set_built_in(monkeypatch, send=send)
    lane = (await start_lane()).side

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        error = await lane.fail("send", ["request"], data={"url": url, "timeout": 0.25})
    assert "no answer within 0.25 s" in error

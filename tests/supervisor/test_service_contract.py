"""The contract of services, on every service of the supervisor."""

from __future__ import annotations

import asyncio

import pytest

from meshvisor.shared.settings.model import default_settings
from meshvisor.supervisor.service_contract import QuietService, Service, Stopping


async def test_a_quiet_service_does_nothing_until_it_is_cancelled() -> None:
    """A base for services needs no overridden method to keep the contract."""
    service: Service = QuietService()
    await service.start()
    service.configure(default_settings())
    running = asyncio.create_task(service.run())
    await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await service.stop(Stopping(1.0, asyncio.Event()))
    await service.stop(Stopping(1.0, asyncio.Event()))

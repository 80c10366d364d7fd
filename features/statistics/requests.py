"""What the control socket can be asked of statistics: `statistics_basis`, `statistics_server`.

Actions ask, since runners have no settings (`supervisor.spawn`).
"""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from meshvisor.features.statistics.results import StatisticsBasis, StatisticsServer
from meshvisor.features.statistics.supervisor.basis import Basis
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, Handler, handles


class GetStatisticsBasis(Request):
    """What days are meant by, and which months are kept."""

    type: Literal["statistics_basis"] = "statistics_basis"


class GetStatisticsServer(Request):
    """Where events may be moved to, with what it takes to connect."""

    type: Literal["statistics_server"] = "statistics_server"


@handles(GetStatisticsBasis)
async def statistics_basis(_request: GetStatisticsBasis, call: Call) -> StatisticsBasis:
    """Return the zone of days, and the first month that is kept."""
    return call.need(Basis).basis()


@handles(GetStatisticsServer)
async def statistics_server(_request: GetStatisticsServer, call: Call) -> StatisticsServer:
    """Return the server of the settings.

    Raises:
        MissingError: they name none.
        SettingsError: what they name is not what it should be.
    """
    return await asyncio.to_thread(call.need(Basis).server)


HANDLERS: Final[tuple[Handler, ...]] = (statistics_basis, statistics_server)

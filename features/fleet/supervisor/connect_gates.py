"""Permits to connect, of each server for itself.

Owns one limiter per server and when it is looked at again.  Does not own the rule (a limiter) nor
what a permit is (`connections`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

from meshvisor.features.fleet.supervisor.connect_limiter import ConnectLimiter
from meshvisor.shared.clock import Clock


class ConnectGates:
    """Grants connects of all servers.

    Args:
        per_second: connects to one server within any second.
        clock: monotonic time.
        permit: tells a mesh that it may connect; False: its worker is gone.
    """

    def __init__(self, per_second: int, clock: Clock, permit: Callable[[str], bool]) -> None:
        self._per_second = per_second
        self._clock = clock
        self._permit = permit
        self._limiters: dict[Hashable, ConnectLimiter] = {}
        """Of servers to which a mesh connects, or did a moment ago."""
        self._timers: dict[Hashable, asyncio.TimerHandle] = {}
        self._servers: dict[str, Hashable] = {}
        """Where meshes connect to that have a token or wait for one."""

    def configure(self, per_second: int) -> None:
        """Take over another limit."""
        self._per_second = per_second
        for server, limiter in list(self._limiters.items()):
            limiter.per_second = per_second
            self._grant(server)

    def ask(self, mesh_id: str, server: Hashable) -> None:
        """Permit a mesh to connect when it is its turn; asking again keeps its place."""
        if self._servers.get(mesh_id, server) != server:
            self.settle(mesh_id)
        self._servers[mesh_id] = server
        if server not in self._limiters:
            self._forget_idle()
            self._limiters[server] = ConnectLimiter(self._per_second)
        self._limiters[server].ask(mesh_id)
        self._grant(server)

    def settle(self, mesh_id: str) -> None:
        """The connect of a mesh has ended, or the mesh is gone and wants no permit any more."""
        if mesh_id in self._servers:
            server = self._servers.pop(mesh_id)
            if server in self._limiters:
                self._limiters[server].settle(mesh_id, self._clock.monotonic())
                self._grant(server)

    # Private

    def _grant(self, server: Hashable) -> None:
        limiter = self._limiters[server]
        for mesh_id in limiter.grant(self._clock.monotonic()):
            if not self._permit(mesh_id):
                self._servers.pop(mesh_id, None)
                limiter.settle(mesh_id, self._clock.monotonic())
        self._look_again(server, limiter)

    def _look_again(self, server: Hashable, limiter: ConnectLimiter) -> None:
        if (timer := self._timers.pop(server, None)) is not None:
            timer.cancel()
        moment = limiter.next_at()
        if moment is not None:
            delay = max(0.0, moment - self._clock.monotonic())
            loop = asyncio.get_running_loop()
            self._timers[server] = loop.call_later(delay, self._grant, server)

    def _forget_idle(self) -> None:
        now = self._clock.monotonic()
        for server, limiter in list(self._limiters.items()):
            if limiter.is_idle(now):
                del self._limiters[server]

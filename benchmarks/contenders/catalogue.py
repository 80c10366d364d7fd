"""All contenders in the order of the table's columns; ours comes first."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.contenders.circus import Circus
from benchmarks.contenders.contender import Contender
from benchmarks.contenders.job_queue import QUEUES
from benchmarks.contenders.meshvisor import Meshvisor
from benchmarks.contenders.node_fork import NodeFork
from benchmarks.contenders.pm2 import Pm2
from benchmarks.contenders.supervisord import Supervisord


def all_contenders() -> Sequence[Contender]:
    """Return everyone."""
    return [Meshvisor(), NodeFork(), Pm2(), Supervisord(), Circus(), *QUEUES]

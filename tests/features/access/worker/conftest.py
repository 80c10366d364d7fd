"""Workers and runners as tests of the kernel have them."""

from tests.worker.conftest import (
    _registries_as_before,
    connect,
    lane,
    playground,
    running,
    start_lane,
    start_worker,
)

__all__ = [
    "_registries_as_before",
    "connect",
    "lane",
    "playground",
    "running",
    "start_lane",
    "start_worker",
]

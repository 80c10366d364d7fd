"""Workers as tests of the kernel have them."""

from tests.worker.conftest import _registries_as_before, connect, playground, start_worker

__all__ = ["_registries_as_before", "connect", "playground", "start_worker"]

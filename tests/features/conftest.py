"""What tests of features share with those of the kernel."""

from tests.supervisor.cli.conftest import run, served
from tests.supervisor.conftest import place

__all__ = ["place", "run", "served"]

"""What loads the library of services: the runner that delivers, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "meshvisor.supervisor.app",
        "meshvisor.features.notifications.supervisor.services",
        "meshvisor.features.notifications.requests",
        "meshvisor.features.notifications.cli.sending",
        "meshvisor.features.notifications.actions",
        "meshvisor.features.notifications.worker.processing",
    ],
)
@pytest.mark.some(3)
def test_nothing_else_loads_it(module: str) -> None:
    """It takes 40 MB; the action itself loads it with the first message for such a service."""
    program = (
        f"import sys, {module}\n"
        "from meshvisor.shared.settings.model import default_settings\n"
        "default_settings()\n"
        "sys.exit(' '.join({'apprise', 'requests', 'yaml'} & set(sys.modules)) or 0)"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (outcome.returncode, outcome.stderr) == (0, b"")

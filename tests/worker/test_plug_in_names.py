"""What plug-ins import is one list, to which features add."""

from __future__ import annotations

import subprocess
import sys

import pytest

import meshvisor
from meshvisor.features.background import progress as progress_api
from meshvisor.features.jobs.worker import api as jobs_api
from meshvisor.features.jobs.worker.command_context import CommandContext
from meshvisor.features.notifications.worker import api as notify_api
from meshvisor.worker import api
from meshvisor.worker.mesh.commands import context


def test_everything_is_imported_from_meshvisor() -> None:
    """The kernel's names and those of features, and nothing else."""
    brought = (jobs_api, notify_api, progress_api)
    assert set(dir(meshvisor)) == {*api.__all__, *(name for one in brought for name in one.__all__)}
    with pytest.raises(AttributeError, match="no attribute 'Channel'"):
        _ = meshvisor.Channel


def test_the_former_name_has_them_too() -> None:
    """Plug-ins that say `from worker.api import …` find the same, those of features included."""
    program = (
        "import meshvisor\n"
        "from meshvisor.worker.former_name import keep_working\n"
        "keep_working()\n"
        "import worker.api\n"
        "from worker.api import CommandContext, JobContext, action\n"
        "assert worker.api.__all__ == meshvisor.__all__\n"
        "assert all(getattr(worker.api, n) is getattr(meshvisor, n) for n in meshvisor.__all__)\n"
    )
    subprocess.run([sys.executable, "-I", "-c", program], check=True, timeout=60)


def test_a_feature_extends_what_handlers_are_given() -> None:
    """With jobs, a command can submit some."""
    assert meshvisor.CommandContext is CommandContext
    assert context.kind_in_use() is CommandContext


def test_what_handlers_are_given_is_only_extended() -> None:
    """A feature that forgets another one would take its methods away."""
    with pytest.raises(TypeError, match=r"Other does not extend .*CommandContext"):
        context.use(type("Other", (context.CommandContext,), {}))

"""What plug-ins import is one list, to which features add."""

from __future__ import annotations

import pytest

import meshvisor
from meshvisor.features.jobs.worker import api as jobs_api
from meshvisor.features.jobs.worker.command_context import CommandContext
from meshvisor.worker import api
from meshvisor.worker.mesh.commands import context


def test_everything_is_imported_from_meshvisor() -> None:
    """The kernel's names and those of features, and nothing else."""
    assert set(dir(meshvisor)) == {*api.__all__, *jobs_api.__all__}
    with pytest.raises(AttributeError, match="no attribute 'Channel'"):
        _ = meshvisor.Channel


def test_a_feature_extends_what_handlers_are_given() -> None:
    """With jobs, a command can submit some."""
    assert meshvisor.CommandContext is CommandContext
    assert context.kind_in_use() is CommandContext


def test_what_handlers_are_given_is_only_extended() -> None:
    """A feature that forgets another one would take its methods away."""
    with pytest.raises(TypeError, match=r"Other does not extend .*CommandContext"):
        context.use(type("Other", (context.CommandContext,), {}))

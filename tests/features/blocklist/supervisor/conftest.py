"""A fleet whose meshes are blocked."""

from tests.features.fleet.supervisor.conftest import make_stage, stage

__all__ = ["make_stage", "stage"]

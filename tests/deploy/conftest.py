"""What tests of an installation share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.wheel import build


@pytest.fixture(scope="session")
def wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout."""
    return build(project, tmp_path_factory.mktemp("wheel"))

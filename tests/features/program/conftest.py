"""Meshes of programs that are gone after the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.features.program.programs import Mesh, command

MakeMesh = Callable[..., Mesh]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[MakeMesh]:
    """Return a function that makes the mesh of a program with this code."""
    made: list[Mesh] = []

    def make(body: str, **options: Any) -> Mesh:
        made.append(Mesh(command(tmp_path, body), **options))
        return made[-1]

    yield make
    for mesh in made:
        await mesh.transport.leave("the test is over", politely=False)

"""The console against its own document: what it says is what it does, whatever it is sent."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tests.console_client import Consoles
from tests.seeds import seeds

LEFT_OUT = "positive_data_acceptance,ignored_auth"
"""What is well-formed may still not be, such as an action that no plug-in has; and the token is
sent with every request here, while `test_routes` leaves it out."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", seeds(1, 6))
async def test_the_document_holds(console: Consoles, seed: int) -> None:
    """No answer is undocumented or a server's error, and nothing wrong is accepted.

    Every run has the examples and a few requests at random, a long one each bound of each field.
    """
    program = await console.program("*:admin")
    phases, examples = ("examples,coverage,fuzzing", 5) if seed else ("examples,fuzzing", 2)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run", f"{program.base_url}/api/openapi.json",
        "--header", f"Authorization: {program.headers['authorization']}",
        "--exclude-path-regex", "/stream$", "--exclude-checks", LEFT_OUT,
        "--phases", phases, "--max-examples", str(examples), "--workers", "1",
        "--max-failures", "20", "--request-timeout", "30", "--seed", str(seed), "--no-color",
        "--generation-database", "none",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=console.fleet.home.root,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode().partition("Warnings:")[0][-8000:]
    assert "crash" not in console.fleet.log(source="console")

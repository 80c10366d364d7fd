"""Installs the pinned peers: npm's beside their programs, Python's in an environment of their own.

Idempotent: what is installed from the present lock files is left alone.  The peers are kept out
of the project's own environment, whose versions they must not influence.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.errors import MissingProgramError
from benchmarks.places import NODE_PEERS, PYTHON_PEERS, PYTHON_PEERS_VENV

INSTALL_TIMEOUT: Final = 600
"""Seconds; a slow line takes a minute, more means that nothing answers."""


def install_peers() -> None:
    """Install whatever is missing or was installed from other lock files.

    Raises:
        MissingProgramError: Node is missing, or an installer failed; says which.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise MissingProgramError(
                f"{program} is not on the PATH: the room server and three of the peers run on "
                "Node; install Node 20 or newer with your system's packages"
            )
    _install_once(
        lock=NODE_PEERS / "package-lock.json",
        folder=NODE_PEERS / "node_modules",
        commands=[["npm", "ci", "--no-progress", "--loglevel=error", f"--prefix={NODE_PEERS}"]],
    )
    pip = [str(PYTHON_PEERS_VENV / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    _install_once(
        lock=PYTHON_PEERS,
        folder=PYTHON_PEERS_VENV,
        commands=[
            [sys.executable, "-m", "venv", "--clear", str(PYTHON_PEERS_VENV)],
            [*pip, "--disable-pip-version-check", "--require-hashes", "-r", str(PYTHON_PEERS)],
        ],
    )


def _install_once(lock: Path, folder: Path, commands: list[list[str]]) -> None:
    stamp = folder / ".installed-from"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Installing the peers of {lock.name}", file=sys.stderr)
    for command in commands:
        try:
            # The lock's folder is where npm finds its settings (.npmrc).
            subprocess.run(command, check=True, timeout=INSTALL_TIMEOUT, cwd=lock.parent)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise MissingProgramError(f"the peers could not be installed: {error}") from error
    stamp.write_text(wanted)

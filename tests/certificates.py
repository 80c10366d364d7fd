"""Certificates that nobody vouches for, made by a real program."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.programs import OPENSSL, require


def self_signed(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a self-signed certificate; return it and its key."""
    require(OPENSSL)
    public, private = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-keyout", str(private), "-out", str(public)),
        ],
        check=True,
        capture_output=True,
    )
    return public, private

"""A transport of a third party's package, for tests that need one with accounts.

    install(tmp_path / "site"); monkeypatch.syspath_prepend(tmp_path / "site")

Its meshes connect to nothing: who needs one that does takes the transport `program`.
"""

from __future__ import annotations

from pathlib import Path

_MODULE = """
from pydantic import SecretStr

from meshvisor.shared.settings.section import Section
from meshvisor.shared.transports import TransportKind


class Account(Section):
    user: str
    password: SecretStr = SecretStr("")


KIND = TransportKind(
    name="pigeon", what="a pigeon post", entry="mv_pigeon:make", account="mv_pigeon:Account"
)
"""


def install(site: Path) -> Path:
    """Put the package into a folder for modules, and return it."""
    metadata = site / "mv_pigeon-1.dist-info"
    metadata.mkdir(parents=True)
    (site / "mv_pigeon.py").write_text(_MODULE)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: mv-pigeon\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[meshvisor.transports]\npigeon = mv_pigeon:KIND\n")
    return site

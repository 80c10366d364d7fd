"""Which hosts are this machine."""

from __future__ import annotations

import pytest

from meshvisor.shared.loopback import is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("a.localhost", True),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("mesh.example", False),
        ("localhost.example", False),
        ("notlocalhost", False),
        ("", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    """Loopback is distinguished from the rest of the world."""
    assert is_loopback(host) is expected

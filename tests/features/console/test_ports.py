"""On which port a console is after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshvisor.features.console.supervisor.ports import in_order, remember


def test_the_last_port_is_tried_first(tmp_path: Path) -> None:
    """Pages that are open look for the console there; the others follow in their order."""
    kept = tmp_path / "console.port"
    remember(kept, 8482)
    assert in_order((8480, 8481, 8482, 8483), kept) == (8482, 8480, 8481, 8483)
    remember(kept, 8483)
    assert in_order((8480, 8481, 8482, 8483), kept) == (8483, 8480, 8481, 8482)


@pytest.mark.parametrize("text", ["", "8482", "no port", "99999999999999999999", "\x00"])
def test_a_port_that_is_not_to_be_tried(tmp_path: Path, text: str) -> None:
    """What the settings do not allow any more, or what another program has written."""
    kept = tmp_path / "console.port"
    kept.write_text(text)
    assert in_order((9000,), kept) == (9000,)


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    """It is no reason to be without a console."""
    kept = tmp_path / "gone" / "console.port"
    remember(kept, 8482)
    assert in_order((8480, 8481), kept) == (8480, 8481)

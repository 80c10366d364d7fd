"""The page about HTTP says what is served."""

from __future__ import annotations

from pathlib import Path

from meshvisor.console.app import describe
from meshvisor.console.http_page import page


def test_the_page_is_that_of_the_document(project: Path) -> None:
    """Else: python -m meshvisor.console.http_page > docs/http.md."""
    assert (project / "docs" / "http.md").read_text() == page(describe())

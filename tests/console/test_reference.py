"""What the pages believe of the API is what the API is."""

from __future__ import annotations

from pathlib import Path

from meshvisor.console import reference
from meshvisor.console.app import describe


def test_the_pages_take_their_types_from_the_api_as_it_is(project: Path) -> None:
    """`console/web/openapi.json` is the document of the routes; `make api` writes it."""
    kept = (project / "console/web/openapi.json").read_text()

    assert kept == reference.as_text(describe()), "run 'make api' and commit the file"

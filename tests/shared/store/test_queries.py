"""Named statements in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshvisor.shared.store.queries import load_queries

TEXT = """-- Everything about admins.

-- name: insert_admin
-- Adds an admin.
-- Takes the id.
INSERT INTO admin_users
-- within a statement it is no description
VALUES (?);

-- name: all_admins
-- Reads them all.
SELECT ';' FROM admin_users
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with two statements."""
    path = tmp_path / "admins.sql"
    path.write_text(TEXT)
    return path


def test_statements_by_name(file: Path) -> None:
    """Descriptions and the last semicolon are no part of them."""
    queries = load_queries(file)
    assert dict(queries) == {
        "insert_admin": (
            "INSERT INTO admin_users\n-- within a statement it is no description\nVALUES (?)"
        ),
        "all_admins": "SELECT ';' FROM admin_users",
    }


def test_an_unknown_name(file: Path) -> None:
    """The error says where it was looked for and which names there are."""
    with pytest.raises(KeyError, match=r"admins.sql.*'nope'.*insert_admin, all_admins"):
        load_queries(file)["nope"]


def test_a_file_is_read_once(file: Path) -> None:
    """Asking again costs nothing."""
    first = load_queries(file)
    file.unlink()
    assert load_queries(file) is first


@pytest.mark.parametrize(
    "text",
    [
        "-- name: a\n-- Twice.\nSELECT 1;\n-- name: a\n-- Twice.\nSELECT 2;",
        "-- name: a b\n-- No identifier.\nSELECT 1;",
        "-- name: \n-- No name.\nSELECT 1;",
        "-- name: a\nSELECT 1;",
        "-- name: a\n-- No statement.\n",
        "-- name: a\n-- No statement.\n;",
    ],
)
def test_mistakes_are_found(tmp_path: Path, text: str) -> None:
    """A file that is not as it should be is no file with fewer statements."""
    path = tmp_path / "wrong.sql"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"wrong\.sql"):
        load_queries(path)

"""A program that tests need and that is missing is named, with the way to get it."""

from __future__ import annotations

import pytest

from tests import programs
from tests.programs import NODE, require


@pytest.fixture(autouse=True)
def _bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide all programs."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CI", raising=False)


def test_each_missing_program_is_named_before_the_tests(capsys: pytest.CaptureFixture[str]) -> None:
    """On a person's machine the tests go on without them."""
    assert programs.main() == 0

    printed = capsys.readouterr().err
    assert all(f"{package.complaint}." in printed for package in programs.ALL)
    assert "apt-get install nodejs npm" in printed


def test_a_missing_program_stops_continuous_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not tested there is tested nowhere."""
    monkeypatch.setenv("CI", "true")

    assert programs.main() == 1


def test_a_test_without_its_program_is_skipped_with_the_sentence() -> None:
    """The report of the run repeats how to get it."""
    with pytest.raises(pytest.skip.Exception, match=r"need node and npm, .*apt-get install nodejs"):
        require(NODE)


def test_a_test_without_its_program_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """There it is a failure and no skip."""
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="need node and npm"):
        require(NODE)

"""What a test that fails says reaches the reader of the run."""

from __future__ import annotations

import pytest


def test_half_an_emoji_in_a_failure_ends_one_test_and_not_the_run(
    request: pytest.FixtureRequest,
) -> None:
    """Runs of several processes send reports as UTF-8, which has no form for it."""
    report = pytest.TestReport(
        "test_it", ("", None, ""), {}, "failed", "half: \ud83d", "call", [("log", "\udcff")]
    )
    config = request.config

    sent = config.hook.pytest_report_to_serializable(config=config, report=report)

    assert repr(sent).encode("utf-8")
    assert sent["longrepr"] == "half: \\ud83d"
    assert sent["sections"] == [("log", "\\udcff")]

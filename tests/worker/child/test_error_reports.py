"""What a child tells its supervisor of errors."""

from __future__ import annotations

import pytest

from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.messages import Error, Message
from meshvisor.worker.child import error_reports
from meshvisor.worker.child.error_reports import ERRORS_PER_WINDOW, ErrorReports


class Sent(list[Error]):
    """What was sent, as the other side reads it."""

    def send(self, message: Message) -> None:
        """Take one that can be encoded."""
        assert isinstance(message, Error)
        Codec.encode(message)
        self.append(message)


@pytest.fixture
def sent() -> Sent:
    """Return what is sent by `reports`."""
    return Sent()


@pytest.fixture
async def reports(sent: Sent) -> ErrorReports:
    """Return the reports of a worker."""
    return ErrorReports(sent.send, {"mesh_id": "lobby"})


async def test_errors_carry_source_and_mesh(reports: ErrorReports, sent: Sent) -> None:
    """An error says what failed and where, and is remembered for the status."""
    reports.report("It failed", "command:ping", reply_to=7)
    (error,) = sent
    assert (error.error, error.source, error.reply_to) == ("It failed", "command:ping", 7)
    assert (error.mesh_id, reports.last) == ("lobby", "It failed")


async def test_half_a_character_in_an_error(reports: ErrorReports, sent: Sent) -> None:
    """An error with text that JSON cannot carry is sent all the same."""
    reports.report("no \ud83d", "plug-in")
    assert [error.error for error in sent] == ["no ?"]


async def test_errors_are_limited(
    reports: ErrorReports, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the limit errors stay in the log; after the window they are sent again."""
    for number in range(3 * ERRORS_PER_WINDOW):
        reports.report(str(number), "plug-in")
    assert reports.last == str(3 * ERRORS_PER_WINDOW - 1)
    monkeypatch.setattr(error_reports, "ERROR_WINDOW", 0.0)
    reports.report("later", "plug-in")
    assert [error.error for error in sent] == [*map(str, range(ERRORS_PER_WINDOW)), "later"]

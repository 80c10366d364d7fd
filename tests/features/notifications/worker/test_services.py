"""Services that take messages, by the library: what is said of those that do not."""

from __future__ import annotations

import time

import pytest

from meshvisor.features.notifications.worker.services import Service
from tests.receivers import MailServer


# Both libraries warn: of logins without TLS, and of what they use that is going away.
@pytest.mark.filterwarnings("ignore")
def test_a_mail_server_that_refuses_the_login() -> None:
    """Its answer is reported, without the password."""
    with MailServer(password="right") as mail:
        url = (
            f"mailto://ann:wr0ngpass@127.0.0.1:{mail.port}?from=bot@example.org&to=ann@example.org"
        )
        found = Service(url, 5).send("Hello", "", "info")
        assert "535" in found["error"]
        assert "Authentication" in found["error"]
        assert "wr0ngpass" not in found["error"]
        assert not found.get("is_final")
        right = url.replace("wr0ngpass", "right")
        assert Service(right, 5).send("Hello", "", "info") == {}
        assert mail.subjects == ["Hello"]


@pytest.mark.filterwarnings("ignore")
def test_mails_without_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library does not wait between two of them: a channel has its own `rate`."""
    pauses: list[float] = []
    with MailServer() as mail:
        service = Service(f"mailto://127.0.0.1:{mail.port}?from=b@example.org&to=a@example.org", 5)
        monkeypatch.setattr(time, "sleep", pauses.append)
        assert service.send("One", "", "info") == service.send("Two", "", "info") == {}
        assert mail.subjects == ["One", "Two"]
    assert pauses == []

"""Services that take messages: the library apprise, and what can be learned of its failures.

Owns one message on one service, in a thread.  The library says only whether it was taken; why not
is in its log, and how long a service wants to be left alone in the answer that it throws away.
Both are kept for the thread that has caused them.

Imported when the first message for such a service is delivered, and in no other process: the
library takes 40 MB and most of a second.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Final, Self

import apprise
import requests

from meshvisor.features.notifications.model.address import scheme, without
from meshvisor.shared.retry_after import seconds_until

TYPES: Final = {
    "info": apprise.NotifyType.INFO,
    "warning": apprise.NotifyType.WARNING,
    "critical": apprise.NotifyType.FAILURE,
}

WITH_SUBJECT: Final = frozenset({"mailto", "mailtos", "json", "jsons", "xml", "xmls"})
"""Schemes with a place for the title that must not be empty; others would show it twice where there
is no text."""

MAIL: Final = frozenset({"mailto", "mailtos"})
"""Schemes of mail servers.  The library waits 5.5 seconds between two messages to a service of
which it knows nothing; a mail server is its operator's own, and the channel's `rate` its limit."""

LIMITED: Final = frozenset({429, 503})
"""Statuses with which a service may say when it wants to be asked again."""

REFUSED: Final = frozenset({400, 413, 414, 415, 422})
"""Statuses that are about the message: it would be refused again."""

UNSAID_LIMIT: Final = 60.0
"""Seconds for which a service is left alone that limits messages and does not say for how long."""

CAUGHT: Final = " Exception: "
"""In front of an error that the library has caught, in a line of its log for debugging."""

LONGEST_ERROR: Final = 300
"""Characters."""


class ServiceError(Exception):
    """The address cannot be used; the text says why, without the address."""


class Service:
    """A service behind an address.

    Args:
        url: where it is.
        timeout: seconds for one answer of it.

    Raises:
        ServiceError: the address cannot be used.
    """

    def __init__(self, url: str, timeout: float) -> None:
        _watch()
        self._url = url
        self._has_subject = scheme(url) in WITH_SUBJECT
        asset = apprise.AppriseAsset(app_id="Meshvisor", app_desc="Meshvisor")
        with _Heard() as heard:
            one = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
        if one is None:
            said = without(heard.error or "the library cannot use it", url)
            raise ServiceError(f"its url is none that can be used: {said}")
        # Its own limits; the caller has one for all of it.
        one.socket_connect_timeout = one.socket_read_timeout = timeout
        if scheme(url) in MAIL:
            one.request_rate_per_sec = 0
        self._service = one

    def send(self, title: str, text: str, severity: str) -> dict[str, Any]:
        """Send a message; blocks.  Return what became of it, as `notify_report` takes it."""
        with _Heard() as heard:
            try:
                # Not by way of `Apprise.notify`, whose threads are few and shared by all services,
                # so that some which hang would hold up the others.
                is_taken = self._service.notify(
                    title=title if text or self._has_subject else "",
                    body=text or title,
                    notify_type=TYPES[severity],
                    body_format=apprise.NotifyFormat.TEXT,
                )
            except Exception as error:  # noqa: BLE001 - whatever the library or a server brings up
                return {"error": self._sentence(f"{type(error).__name__}: {error}")}
        if is_taken:
            return {}
        return {"error": self._sentence(heard.said), **_meaning(heard)}

    def _sentence(self, said: str) -> str:
        text = " ".join(without(said or "the service has not taken it", self._url).split())
        return text[:LONGEST_ERROR]


# Private

_here: Final = threading.local()


class _Heard:
    """What is heard of one call in this thread."""

    def __init__(self) -> None:
        self.error = ""
        """The first warning of the library."""
        self.cause = ""
        """What it has caught, such as the answer of a mail server; it warns without it."""
        self.status: int | None = None
        self.retry_after: float | None = None

    @property
    def said(self) -> str:
        """What was wrong, with its cause; empty: nothing is known."""
        return f"{self.error}: {self.cause}" if self.error and self.cause else self.error

    def __enter__(self) -> Self:
        _here.heard = self
        return self

    def __exit__(self, *_: object) -> None:
        _here.heard = None


def _meaning(heard: _Heard) -> dict[str, Any]:
    """Return what follows from the last answer of a service."""
    if heard.status == 429 or (heard.status in LIMITED and heard.retry_after is not None):
        after = UNSAID_LIMIT if heard.retry_after is None else heard.retry_after
        return {"is_limited": True, "retry_after": after}
    return {"is_final": True} if heard.status in REFUSED else {}


class _Listener(logging.Handler):
    """Keeps the first warning of the library, and its cause, for the thread that caused them."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = getattr(_here, "heard", None)
        if heard is None:
            return
        if record.levelno >= logging.WARNING:
            heard.error = heard.error or record.getMessage()
        elif not heard.cause:
            _, has_cause, cause = record.getMessage().partition(CAUGHT)
            heard.cause = cause if has_cause else ""


def _watch() -> None:
    """Listen to the library from now on; its log holds addresses and goes nowhere else."""
    log = logging.getLogger("apprise")
    if any(isinstance(one, _Listener) for one in log.handlers):
        return
    log.propagate = False
    log.setLevel(logging.DEBUG)
    log.addHandler(_Listener(logging.DEBUG))
    send = requests.Session.send

    def watched(self: requests.Session, *arguments: Any, **options: Any) -> requests.Response:
        answer = send(self, *arguments, **options)
        heard = getattr(_here, "heard", None)
        if heard is not None:
            heard.status = answer.status_code
            heard.retry_after = seconds_until(answer.headers.get("Retry-After"), time.time())
        return answer

    # There is no other way to see an answer that the library throws away.
    requests.Session.send = watched  # type: ignore[method-assign]

"""What a homeserver means by an answer that is none of success.

Owns the error codes (specification, "Standard error response").  Does not own how a session ends.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from meshvisor.features.matrix.wire.http import Response
from meshvisor.shared.protocol.fields import as_sentence

VOID_TOKENS: Final = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"})

LONGEST_WAIT: Final = 3600.0
"""Seconds that are believed of a server that says when it wants to be asked again."""

USUAL_WAIT: Final = 5.0
"""Seconds to wait where it does not say; Synapse lets one message through in that time."""


class MatrixError(Exception):
    """A homeserver did not do what it was asked to.

    Attributes:
        status: of the answer.
        code: such as `M_FORBIDDEN`; empty: the answer is not one of a homeserver.
        said: why, in its own words.
        retry_after: seconds after which it wants to be asked again; None: it does not say.
    """

    def __init__(self, status: int, code: str, said: str, retry_after: float | None = None) -> None:
        super().__init__(f"{said} ({code})" if code else said)
        self.status = status
        self.code = code
        self.said = said
        self.retry_after = retry_after

    @property
    def is_void_token(self) -> bool:
        """Whether the account is not known any more."""
        return self.code in VOID_TOKENS

    @property
    def is_limit(self) -> bool:
        """Whether the account has asked for too much in too short a time."""
        return self.code == "M_LIMIT_EXCEEDED" or self.status == 429

    @property
    def is_elsewhere(self) -> bool:
        """Whether the client-server API is not here: no homeserver has answered, or one has that
        knows no such path.
        """
        return not self.code or self.code == "M_UNRECOGNIZED"

    @property
    def is_passing(self) -> bool:
        """Whether the same may work in a moment: what stands in front of the server says so."""
        return self.status >= 500 or (not self.code and self.status in {404, 408, 421, 425})


def refusal(answer: Response) -> MatrixError:
    """Return what an answer that is none of success means."""
    found = _content(answer.content)
    code, said = found.get("errcode"), found.get("error")
    if isinstance(code, str) and code.startswith(("M_", "IO.", "ORG.")):
        words = as_sentence(said) if isinstance(said, str) else ""
        return MatrixError(answer.status, code[:80], words or "no reason given", _wait(answer))
    if 300 <= answer.status < 400 and (target := answer.headers.get("location")):
        return MatrixError(
            answer.status, "", f"it sends to {target:.200}, which may be its address"
        )
    words = as_sentence(f"{answer.status} {answer.reason}")
    return MatrixError(answer.status, "", f"it answers {words}", _wait(answer))


# Private


def _content(content: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _wait(answer: Response) -> float | None:
    """Return the seconds to wait; the header has replaced the field (MSC4041)."""
    header = answer.headers.get("retry-after", "")
    if header.isdecimal():
        return min(float(header), LONGEST_WAIT)
    field = _content(answer.content).get("retry_after_ms")
    if isinstance(field, int) and not isinstance(field, bool) and field >= 0:
        return min(field / 1000, LONGEST_WAIT)
    return USUAL_WAIT if answer.status == 429 else None

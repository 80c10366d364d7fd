"""The reasons that a platform gives for a refusal.

Owns reading it without trust: the words go to terminals and logs.  Called by `json_api`.
"""

from __future__ import annotations

from typing import Final

from meshvisor.shared.foreign_json import decode_object

LONGEST_REASON: Final = 200
"""Characters of a reason that are shown; more is no sentence."""


def said_by(body: bytes) -> str:
    """Return the words in `{"error": {"message": …}}` or `{"error": …}`; empty: there are none."""
    content = decode_object(body)
    error = content.get("error") if content is not None else None
    words = error.get("message") if isinstance(error, dict) else error
    if not isinstance(words, str):
        return ""
    line = "".join(letter if letter.isprintable() else " " for letter in words)
    return " ".join(line.split())[:LONGEST_REASON].rstrip(" .")

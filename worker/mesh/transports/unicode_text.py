r"""Text that came out of JSON, made fit to be sent on.

JSON can carry half a surrogate pair (`"\ud83d"`), which Python keeps and UTF-8 cannot express:
the first reply that quotes it would raise.  Called for every text that enters or leaves a mesh.
"""

from __future__ import annotations


def sound(text: str) -> str:
    """Return `text` with half surrogate pairs replaced by U+FFFD, and whole ones joined."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text

"""What is said in a room, as the content of an event, and what is read out of one.

Owns texts, answers, threads, edits and mentions.  Does not own who said it or where it goes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any, Final

from meshvisor.features.matrix.wire.events import (
    EDIT,
    THREAD,
    Event,
    mapping_of,
    text_of,
)

FENCE: Final = "```"

_FENCED: Final = re.compile(r"```([A-Za-z0-9_+-]*)\n(.*?)\n?```", re.DOTALL)

_QUOTE: Final = re.compile(r"\A(?:> ?[^\n]*\n)+\n?")
"""What older clients put in front of an answer: the message that it answers."""


def message(
    text: str,
    kind: str,
    *,
    thread: str = "",
    reply_to: str | None = None,
    mentions: Iterable[str] = (),
) -> dict[str, Any]:
    """Return what says a text.

    Args:
        text: what to say.
        kind: `m.notice` or `m.text`.
        thread: id of the message that it begins with; empty: none.
        reply_to: id of the message that it answers.
        mentions: ids of the users that are meant.
    """
    content = _body(text, kind)
    content["m.mentions"] = _mentioned(mentions)
    if thread:
        # A client without threads shows it as an answer to the last message there.
        content["m.relates_to"] = {
            "rel_type": THREAD,
            "event_id": thread,
            "is_falling_back": reply_to is None,
            "m.in_reply_to": {"event_id": reply_to or thread},
        }
    elif reply_to:
        content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
    return content


def edit(sent_id: str, text: str, kind: str) -> dict[str, Any]:
    """Return what changes a message; no one is notified of that again."""
    content = _body(f"* {text}", kind)
    content["m.mentions"] = {}
    content["m.new_content"] = {**_body(text, kind), "m.mentions": {}}
    content["m.relates_to"] = {"rel_type": EDIT, "event_id": sent_id}
    return content


def heard_text(event: Event) -> str:
    """Return what a message says, without the quote in front of an answer."""
    body = event.text("body")
    if body.startswith(">") and answered(event) is not None:
        return _QUOTE.sub("", body, count=1)
    return body


def is_edit(event: Event) -> bool:
    """Say whether a message only changes another one."""
    return text_of(event.relation, "rel_type") == EDIT or "m.new_content" in event.content


def thread_of(event: Event) -> str:
    """Return the message with which the thread of a message begins; empty: it is in none."""
    if text_of(event.relation, "rel_type") != THREAD:
        return ""
    return text_of(event.relation, "event_id")


def answered(event: Event) -> str | None:
    """Return the id of the message that one answers; None: it answers none."""
    relation = event.relation
    if thread_of(event) and relation.get("is_falling_back") is True:
        return None
    return text_of(mapping_of(relation, "m.in_reply_to"), "event_id") or None


# Private


def _mentioned(mentions: Iterable[str]) -> dict[str, Any]:
    users = list(dict.fromkeys(mentions))
    return {"user_ids": users} if users else {}


def _body(text: str, kind: str) -> dict[str, Any]:
    content: dict[str, Any] = {"msgtype": kind, "body": text}
    if FENCE in text:
        content |= {"format": "org.matrix.custom.html", "formatted_body": _as_html(text)}
    return content


def _as_html(text: str) -> str:
    parts, position = [], 0
    for found in _FENCED.finditer(text):
        parts.append(_lines(text[position : found.start()].removesuffix("\n")))
        language = f' class="language-{found[1]}"' if found[1] else ""
        parts.append(f"<pre><code{language}>{html.escape(found[2])}\n</code></pre>")
        position = found.end()
    parts.append(_lines(text[position:].removeprefix("\n") if position else text))
    return "".join(parts)


def _lines(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")

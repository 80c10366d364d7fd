"""The page that people see behind a magic link.

Owns its words and looks.  Called by the login.
"""

from __future__ import annotations

from html import escape
from typing import Final

from aiohttp import web

from meshvisor.playground.accounts import Link, LinkState

_HEADERS: Final = {
    # Nothing is loaded from anywhere, and the link is sent nowhere.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - Playground</title>
<style>
  body {{ margin: 0; min-height: 100vh; display: grid; place-items: center;
         font: 1.125rem/1.6 system-ui, sans-serif; background: Canvas; color: CanvasText;
         color-scheme: light dark; }}
  main {{ max-width: 30rem; padding: 2rem; }}
  h1 {{ font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }}
  p {{ margin: 0; }}
</style>
<main>
<h1>{title}</h1>
<p>{text}</p>
</main>
</html>
"""


def page_of(link: Link | None, *, clicked_now: bool) -> web.Response:
    """Return what to show to a person who has followed a link; None: there is no such link."""
    status, title, text = _words(link, clicked_now)
    content = _PAGE.format(title=escape(title), text=escape(text))
    return web.Response(status=status, text=content, content_type="text/html", headers=_HEADERS)


def _words(link: Link | None, clicked_now: bool) -> tuple[int, str, str]:
    again = "Ask for a new one where you wanted to log in."
    if link is None:
        return 404, "There is no such link", f"It may be from before a restart. {again}"
    if clicked_now:
        title = f"You are logged in as {link.user.email}"
        return 200, title, "Go back to the terminal; you can close this page."
    if link.state is LinkState.AUTHENTICATED:
        text = "A link works once. If that was not you, log in again."
        return 410, "This link was used already", text
    if link.state is LinkState.REFUSED:
        return 403, "This link was refused", again
    return 410, "This link has expired", again

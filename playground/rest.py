"""What all REST addresses have in common: who is turned away, and how an error looks.

Owns the check of signatures and the shape of errors.  Called by discovery and the login.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from meshvisor.playground.admission import Refusal
from meshvisor.playground.world import World

SIGNATURE_AGE: Final = 300.0
"""Seconds by which the clocks of both sides may differ, the way of the request included."""


async def turned_away(request: web.Request, world: World) -> Refusal | None:
    """Return why a REST request is not answered whatever it asks for, or None."""
    if (key := world.options.signing_key) and not await _is_signed(request, key, world):
        return Refusal(403, "the request is not signed, or not as it should be")
    return world.admission.check_api()


def bearer(request: web.Request) -> str:
    """Return the token of a request; empty: it has none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return an error as JSON."""
    content = {"error": {"code": status, "message": message}}
    return web.json_response(content, status=status, headers=headers)


async def _is_signed(request: web.Request, key: str, world: World) -> bool:
    timestamp = request.headers.get("X-Timestamp", "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 15):
        return False
    if abs(int(timestamp) / 1000 - world.options.clock.wall()) > SIGNATURE_AGE:
        return False
    length = len(await request.read())
    text = f"{timestamp}:{bearer(request)}:{length}".encode("utf-8", "surrogateescape")
    expected = b64encode(hmac.digest(key.encode(), text, hashlib.sha256))
    given = request.headers.get("X-Signature", "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, expected)

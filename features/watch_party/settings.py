"""`[platform]`: the platform whose rooms the bots are in."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal

from pydantic import Field, SecretStr

from meshvisor.shared.settings.section import Section, Table
from meshvisor.shared.settings.values import (
    HeaderName,
    Key,
    UrlPath,
    WebAddress,
    WebSocketAddress,
)

DEFAULT_SERVER: Final = "ws://127.0.0.1:8484"
"""Where `meshvisor playground` listens by default."""


class PlatformSettings(Section):
    """`[platform]`: the mesh platform."""

    url: WebAddress = ""
    """Base of the REST API that lists meshes; empty: only `[[meshes]]` are used."""
    server: WebSocketAddress = DEFAULT_SERVER
    """WebSocket server of meshes that name none of their own."""
    allow_plain_servers: bool = False
    """Whether the bot's token may go unencrypted (ws://) to servers that only a listing names."""
    login: Literal["required", "none"] = "required"
    """Whether the bot needs an account of the platform at `url`, or none is asked for."""
    login_url: WebAddress = ""
    """Base of the addresses that logging in asks; empty: `url`."""
    login_link_path: UrlPath = "/auth/link"
    """Sends a link by e-mail."""
    login_status_path: UrlPath = "/auth/status"
    """Says whether the link was clicked."""
    login_session_path: UrlPath = "/auth/session"
    """Gives a session for a clicked link."""
    login_path: UrlPath = "/auth/login"
    """Gives a token for a session."""
    self_path: UrlPath = "/users/self"
    """Says who the bot is."""
    login_timeout: float = Field(600, gt=0, le=86_400)
    """Seconds that logging in waits for the click."""
    login_poll_interval: float = Field(2, ge=0.1, le=60)
    """Seconds between two questions whether the link was clicked."""
    api_key: Key = SecretStr("")
    """Sent with every REST request; empty: none is sent."""
    api_key_header: HeaderName = "X-Api-Key"
    """The header that carries `api_key`."""
    signing_key: Key = SecretStr("")
    """Signs every REST request; empty: none is signed."""
    signature_header: HeaderName = "X-Signature"
    """The header that carries the signature."""
    timestamp_header: HeaderName = "X-Timestamp"
    """The header that carries the time that was signed."""


SECTIONS: Final = MappingProxyType({"platform": Table(model=PlatformSettings, position=30)})

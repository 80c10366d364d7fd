"""Addresses of a platform and its rooms, as `meshvisor init` is given them or asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from pydantic import TypeAdapter, ValidationError

from meshvisor.features.fleet.cli.init.request import check_meshes
from meshvisor.features.fleet.cli.init.terminal import Dialogue
from meshvisor.features.watch_party.settings import DEFAULT_SERVER
from meshvisor.shared.settings.template import Choices
from meshvisor.shared.settings.values import WebAddress, WebSocketAddress

_WEB: Final[TypeAdapter[str]] = TypeAdapter(WebAddress)
_SOCKET: Final[TypeAdapter[str]] = TypeAdapter(WebSocketAddress)


def settings(platform: str, server: str) -> Mapping[tuple[str, str], str]:
    """Return what is set; a platform without a server is on one host with it."""
    found = {
        ("platform", "url"): platform,
        ("platform", "server"): server or (_server_beside(platform) if platform else ""),
    }
    return {place: value for place, value in found.items() if value}


def ask_for_platform(dialogue: Dialogue) -> Choices:
    """Ask where it is."""
    dialogue.say("Its API has an address like https://api.example.org.")
    platform = dialogue.ask_until("Address:", check_platform)
    dialogue.say("Meshes that name no server of their own are looked for at one:")
    server = dialogue.ask_until("WebSocket", check_server, _server_beside(platform))
    return Choices(settings=settings(platform, server))


def ask_for_rooms(dialogue: Dialogue) -> Choices:
    """Ask which they are."""
    dialogue.say("Their ids, with blanks between them, and the server that they are on:")
    meshes = dialogue.ask_until("Meshes:", lambda text: " ".join(check_meshes(text)))
    server = dialogue.ask_until("WebSocket", check_server, DEFAULT_SERVER)
    named = "" if server == DEFAULT_SERVER else server
    return Choices(settings=settings("", named), meshes=tuple(meshes.split()))


def check_platform(text: str) -> str:
    """Return the address of a platform, or raise ValueError."""
    if not text:
        raise ValueError("An address like https://host is needed")
    return _checked(_WEB, text, "https://host")


def check_server(text: str) -> str:
    """Return the address of a WebSocket server, or raise ValueError."""
    return _checked(_SOCKET, text, "wss://host or ws://host:port")


# Private


def _server_beside(platform: str) -> str:
    """Return the WebSocket server on the host of a platform."""
    parts = urlsplit(platform)
    return urlunsplit(("wss" if parts.scheme == "https" else "ws", parts.netloc, "", "", ""))


def _checked(adapter: TypeAdapter[str], text: str, wanted: str) -> str:
    try:
        return adapter.validate_python(text)
    except ValidationError:
        raise ValueError(
            f"{text[:200]!r} must be like {wanted}, without user, query or blanks"
        ) from None

"""Keys of channels, as an account holds them: `Hiking=base64 Other=base64`."""

from __future__ import annotations

from collections.abc import Mapping

from meshvisor.features.meshtastic.wire.crypto import channel_key


def read_keys(text: str) -> Mapping[str, bytes]:
    """Return keys by the names of channels.

    Raises:
        ValueError: there are none; the message begins with "must", and has no key in it.
    """
    found: dict[str, bytes] = {}
    for word in text.split():
        name, equals, key = word.partition("=")
        if not name or not equals:
            raise ValueError("must be channels with their keys: NAME=BASE64 NAME=BASE64")
        found[name.removeprefix("#")] = channel_key(key)
    return found

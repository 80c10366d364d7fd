"""What an entry of `[[meshes]]` says about a radio."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from meshvisor.features.meshtastic.radio.channel_keys import read_keys
from meshvisor.shared.settings.section import Section


def _several(value: object) -> object:
    # What an entry says has been read already, and a list is no tuple any more.
    return tuple(value) if isinstance(value, list) else value


def _topic(text: str) -> str:
    if not text or any(character in "+#\0 " for character in text) or text.endswith("/"):
        raise ValueError("must be the part of topics before /2/e/, such as msh/EU_868")
    return text


def _keys(secret: SecretStr) -> SecretStr:
    read_keys(secret.get_secret_value())
    return secret


class RadioSettings(Section):
    """What an entry of `[[meshes]]` says beyond what all say."""

    answers: Literal["direct", "place"] = "direct"
    """Whether commands are answered to the asking node alone or where they were said."""
    airtime: float = Field(5, gt=0, le=100)
    """Percent of an hour that the bot may send, where the region allows as much."""
    gap: float = Field(2.2, ge=0, le=3600)
    """Seconds between two texts; radios drop what comes within 2 seconds."""
    max_parts: int = Field(3, ge=1, le=10)
    """Messages that one text may become."""
    max_bytes: int = Field(200, ge=64, le=220)
    """UTF-8 bytes of one message."""
    hop_limit: int = Field(0, ge=0, le=7)
    """How many times a message may be repeated; 0: as the radio is set."""
    idle_timeout: float = Field(60, ge=1, le=3600)
    """Seconds of silence after which the radio is asked whether it is there; an answer may take a
    quarter of it."""
    topic: Annotated[str, AfterValidator(_topic)] = "msh"
    """Of a broker: what topics begin with, before `/2/e/`."""
    channels: Annotated[
        tuple[str, ...],
        BeforeValidator(_several, json_schema_input_type=tuple[str, ...]),
        Field(min_length=1, max_length=8),
    ] = ("LongFast",)
    """Of a broker: the channels that are heard, the first of which is the mesh's own."""


class RadioAccount(Section):
    """What an account holds, for a broker."""

    user: str = ""
    """Empty: none."""
    password: SecretStr = SecretStr("")
    keys: Annotated[SecretStr, AfterValidator(_keys)] = SecretStr("")
    """Of channels: `Hiking=base64 Other=base64`; others have the default key, which is public."""

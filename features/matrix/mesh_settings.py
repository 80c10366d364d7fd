"""What an entry of `[[meshes]]` says about Matrix, and one of `[accounts]`."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from meshvisor.features.matrix.address import check_server, is_id
from meshvisor.shared.settings.section import Section
from meshvisor.shared.tls import check_fingerprint


def _server(text: str) -> str:
    return check_server(text) if text else text


def _user(text: str) -> str:
    if text and not is_id(text) and not re.fullmatch(r"[^\s@:]{1,255}", text):
        raise ValueError("must be a user id, such as @bot:example.org, or the name in it")
    return text


Via = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:\[\]-]{1,255}$")]


class MatrixSettings(Section):
    """What an entry of `[[meshes]]` says beyond what all say."""

    via: Annotated[tuple[Via, ...], Field(max_length=10, examples=[["example.org"]])] = ()
    """Servers that are in a room of an id, where the bot's own is not in it yet."""
    speech: Literal["notice", "text"] = "notice"
    """Whether the bot says things as bots do, which other bots never answer, or as people do."""
    gap: float = Field(0.2, ge=0, le=60)
    """Seconds between two messages, once `burst` of them were sent at once."""
    burst: int = Field(10, ge=1, le=1000)
    """Messages at once after a silence."""
    per_hour: int = Field(0, ge=0)
    """Messages within any hour; 0: no limit."""
    max_bytes: int = Field(16_000, ge=1000, le=24_000)
    """Bytes of one message; longer texts become several."""
    max_parts: int = Field(5, ge=1, le=20)
    """Messages that one text may become."""
    typing: bool = True
    """Whether others see that the bot is writing, and the bot hears who else is."""
    sync_timeout: float = Field(20, ge=1, le=120)
    """Seconds that the server may take to say that nothing has happened; a server that has stopped
    is noticed by that."""
    certificate_sha256: Annotated[str, AfterValidator(check_fingerprint)] = ""
    """The server's certificate, where no authority vouches for it: self-signed ones."""


class MatrixAccount(Section):
    """What an account holds."""

    server: Annotated[str, AfterValidator(_server)] = ""
    """Its homeserver, for meshes that name none, and to ask which rooms there are."""
    token: SecretStr = SecretStr("")
    """Of access: one for any number of rooms and processes."""
    user: Annotated[str, AfterValidator(_user)] = ""
    """That logs in, where there is no token."""
    password: SecretStr = SecretStr("")
    """Of `user`: each mesh logs in once with it, as a session of its own."""

    @model_validator(mode="after")
    def _is_one_login(self) -> Self:
        token = self.token.get_secret_value()
        if token and not re.fullmatch(r"[\x21-\x7e]+", token):
            raise ValueError("token must not contain blanks, line ends or letters beyond ASCII")
        if bool(self.user) != bool(self.password.get_secret_value()) and not token:
            raise ValueError("user and password belong together")
        return self

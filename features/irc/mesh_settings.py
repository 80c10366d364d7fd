"""What an entry of `[[meshes]]` says about IRC, and one of `[accounts]`."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from meshvisor.features.irc.wire.names import ALL, check_channel, is_nick, read_keys
from meshvisor.shared.settings.section import Section
from meshvisor.shared.tls import check_fingerprint

LONGEST_NICK: Final = 64
"""Characters; servers have 9 to 32."""


def _nick(text: str) -> str:
    if text and (len(text) > LONGEST_NICK or not is_nick(text)):
        raise ValueError(
            "must be a nick: letters, digits and any of -[]\\`_^{|}, no digit or hyphen first, at "
            f"most {LONGEST_NICK} characters"
        )
    return text


def _channel(text: str) -> str:
    return text if text == ALL else check_channel(text)


def _word(text: str) -> str:
    if any(character in " \r\n\0@" for character in text):
        raise ValueError("must not contain blanks, line ends, NUL or @")
    return text


def _line(text: str) -> str:
    if any(character in "\r\n\0" for character in text):
        raise ValueError("must not contain line ends or NUL")
    return text


Nick = Annotated[str, AfterValidator(_nick)]
Channel = Annotated[str, AfterValidator(_channel)]
Text = Annotated[str, Field(max_length=200), AfterValidator(_line)]


class IrcSettings(Section):
    """What an entry of `[[meshes]]` says beyond what all say."""

    channels: Annotated[
        tuple[Channel, ...], Field(max_length=200, examples=[["#lobby", "#help"]])
    ] = ()
    """Further channels beside `address`, each a place; `"*"`: all that the server lists."""
    most_channels: int = Field(20, ge=1, le=200)
    """Channels that the bot is in at most, where they are listed or it is invited."""
    invites: Literal["ignore", "accounts", "anybody"] = "ignore"
    """Whose invitations to further channels are followed: none, those of people who are logged in,
    or all."""
    rejoin_after: float = Field(60, ge=1, le=86_400)
    """Seconds after which a further channel that the bot is not in is tried again."""
    nick: Nick = ""
    """Empty: that of the account, else `meshvisor`."""
    user: Annotated[str, Field(max_length=32), AfterValidator(_word)] = ""
    """User name, the part of the mask behind the nick; empty: the nick."""
    real_name: Text = ""
    """What WHOIS shows; empty: the nick."""
    speech: Literal["privmsg", "notice"] = "privmsg"
    """Whether the bot says things as people do or as notices, which other bots never answer."""
    gap: float = Field(2.0, ge=0, le=60)
    """Seconds between two messages, once `burst` of them were sent at once."""
    burst: int = Field(4, ge=1, le=100)
    """Messages at once after a silence."""
    per_hour: int = Field(0, ge=0)
    """Messages within any hour; 0: no limit."""
    max_parts: int = Field(6, ge=1, le=20)
    """Lines that one text may become."""
    typing: bool = False
    """Whether others see that the bot is writing; each sign of it counts as a line."""
    idle_timeout: float = Field(60, ge=1, le=3600)
    """Seconds of silence after which the server is asked whether it is there; an answer may take a
    quarter of it."""
    certificate_sha256: Annotated[str, AfterValidator(check_fingerprint)] = ""
    """The server's certificate, where no authority vouches for it: self-signed ones."""
    dialect: Literal["irc", "twitch"] = "irc"
    """What kind of server it is; see docs/irc.md about Twitch."""


class IrcAccount(Section):
    """What an account holds."""

    nick: Nick = ""
    """Of the bot, where the mesh names none."""
    account: Annotated[str, AfterValidator(_line)] = ""
    """That the bot logs in with; empty: the nick."""
    password: SecretStr = SecretStr("")
    """Of it (SASL PLAIN); empty: the bot does not log in so."""
    certificate: str = ""
    """File with a certificate and its key, to log in with (SASL EXTERNAL); below the home unless
    absolute."""
    server_password: SecretStr = SecretStr("")
    """Of the server; on many networks `ACCOUNT:PASSWORD` logs in, too."""
    keys: SecretStr = SecretStr("")
    """Of channels: `#staff=secret #ops=other`."""

    @model_validator(mode="after")
    def _is_one_login(self) -> Self:
        for secret in (self.password, self.server_password, self.keys):
            _line(secret.get_secret_value())
        read_keys(self.keys.get_secret_value())
        return self

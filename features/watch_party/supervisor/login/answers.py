"""The JSON of a platform's login, read without trust (docs/login.md has the shapes).

Owns the shapes.  Does not own asking (`supervisor.platform.json_api`) nor what follows from an
answer (`login`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec
from pydantic import SecretStr


class ShapeError(ValueError):
    """JSON is not what it should be; the message says what is, to follow "it answers with"."""


class LinkState(StrEnum):
    """What has become of a link."""

    PENDING = "pending"
    """Not clicked yet."""
    AUTHENTICATED = "authenticated"
    """Clicked."""
    EXPIRED = "expired"
    """Not clicked in time."""
    REFUSED = "refused"
    """The owner of the mailbox said no."""


class LinkSent(msgspec.Struct, frozen=True):
    """A link is on its way."""

    id: str
    """The id by which its state is asked for."""
    expires_in: float | None
    """Seconds; None: the platform does not say."""
    link: str | None
    """The link itself, from a playground; None: it is in the mail only."""


class LinkStatus(msgspec.Struct, frozen=True):
    """How a link is doing."""

    state: LinkState
    jwt: SecretStr
    """Empty unless it is authenticated."""


class Session(msgspec.Struct, frozen=True):
    """What a click has earned: it logs in as often as one likes."""

    parse_id: str
    token: SecretStr
    """Without a leading `r:`."""


def read_link(body: object) -> LinkSent:
    """Read the answer to a request for a link; raises ShapeError like all here."""
    data = _data(body)
    seconds = data.get("expiresIn")
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if seconds is not None and not (is_number and 0 < seconds < math.inf):
        raise ShapeError('JSON whose "expiresIn" is no number of seconds')
    return LinkSent(_identifier(data, "id"), seconds, _web_address(data.get("link")))


def read_status(body: object) -> LinkStatus:
    """Read how a link is doing."""
    data = _data(body)
    try:
        state = LinkState(str(data.get("state")))
    except ValueError:
        known = ", ".join(LinkState)
        raise ShapeError(f'JSON whose "state" is none of {known}') from None
    if state is LinkState.AUTHENTICATED:
        return LinkStatus(state, _secret(data, "jwt"))
    return LinkStatus(state, SecretStr(""))


def read_session(body: object) -> Session:
    """Read the session that a click has earned."""
    data = _data(body)
    return Session(_identifier(data, "parseId"), _secret(data, "sessionToken"))


def read_token(body: object) -> SecretStr:
    """Read the token that a session has given."""
    return _secret(_data(body), "token")


def read_user_id(body: object) -> str:
    """Read who has logged in."""
    user_id = _identifier(_data(body), "id")
    if "_" in user_id:  # it ends the user id in a peer id
        raise ShapeError('JSON whose "id" has an underscore')
    return user_id


# ---- Parts ---------------------------------------------------------------------------------------


def _data(body: object) -> Mapping[str, Any]:
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise ShapeError('JSON without an object "data"')
    return data


def _identifier(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if type(value) is int:  # not bool, which is an int too
        value = str(value)
    if not isinstance(value, str) or not value or not value.isprintable() or " " in value:
        raise ShapeError(f'JSON without a usable "{name}"')
    return value


def _web_address(link: object) -> str | None:
    # It is shown on a terminal, and people follow it.
    if not isinstance(link, str) or not link.startswith(("http://", "https://")):
        return None
    return link if link.isascii() and link.isprintable() and " " not in link else None


def _secret(data: Mapping[str, Any], name: str) -> SecretStr:
    value = data.get(name)
    token = value.removeprefix("r:") if isinstance(value, str) else ""
    # Some go into a header, which holds nothing else.
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ShapeError(f'JSON without a usable "{name}"')
    return SecretStr(token)
